/** Messages made of decoded header blocks (RFC 9113 §8.3). */

import type { Span } from '../../dissect/dissector.ts';
import type { HttpFields } from '../../http/fields.ts';
import { HttpMessage, type RequestHead, type ResponseHead } from '../../http/message.ts';
import { type Block, UNKNOWN } from './hpack.ts';

const mimeOf = (fields: HttpFields): string =>
  (fields.first('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

export class Http2Request extends HttpMessage<RequestHead> implements RequestHead {
  readonly version = '2';
  readonly method: string;
  readonly target: string;
  readonly scheme: string;
  readonly #block: Block;

  constructor(block: Block, span: Span) {
    super(span);
    this.#block = block;
    this.method = block.pseudo.get(':method') ?? UNKNOWN;
    this.target = block.pseudo.get(':path') ?? (this.method === 'CONNECT' ? this.authority() : UNKNOWN);
    this.scheme = block.pseudo.get(':scheme') ?? 'http';
  }

  get head(): this {
    return this;
  }
  fields(): HttpFields {
    return this.#block.fields;
  }
  mime(): string {
    return mimeOf(this.#block.fields);
  }
  hasParameter(names: readonly string[]): boolean {
    const { target } = this;
    return names.some((name) => target.includes(`?${name}=`) || target.includes(`&${name}=`));
  }
  authority(): string {
    return this.#block.pseudo.get(':authority') ?? this.#block.fields.first('host') ?? '';
  }
}

export class Http2Response extends HttpMessage<ResponseHead> implements ResponseHead {
  readonly version = '2';
  readonly status: number;
  readonly reason = '';
  readonly #block: Block;

  constructor(block: Block, span: Span) {
    super(span);
    this.#block = block;
    const status = Number(block.pseudo.get(':status'));
    this.status = Number.isInteger(status) ? status : 0;
  }

  get head(): this {
    return this;
  }
  fields(): HttpFields {
    return this.#block.fields;
  }
  mime(): string {
    return mimeOf(this.#block.fields);
  }
}
