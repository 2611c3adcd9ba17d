/** What calls of RADIUS look like to people. */

import type { JsonObject, JsonValue } from '@kubeshark/model';
import { Slab } from '../../decode/slab.ts';
import { CountedExchange } from '../../dissect/counted-exchange.ts';
import type { Description, Span } from '../../dissect/dissector.ts';
import { attributeOf } from './attributes.ts';
import { attributesOf } from './values.ts';
import { codeName, eachAttribute, HEADER_BYTES, type RadiusPacket } from './wire.ts';

const MAX_SUMMARY = 200;
/** Answers that refuse. */
const refusals = new Set([3, 42, 45]);
const copies = new Slab();
/** Accounting-Request, and its Acct-Status-Type. */
const ACCOUNTING = 4;
const STATUS_TYPE = 40;
const GIGAWORD = 2 ** 32;

const textIn = (attributes: JsonObject, name: string): string | undefined => {
  const value = attributes[name];
  const first = Array.isArray(value) ? (value as readonly JsonValue[])[0] : value;
  return typeof first === 'string' || typeof first === 'number' ? String(first) : undefined;
};
const numberIn = (attributes: JsonObject, name: string): number | undefined => {
  const value = attributes[name];
  return typeof value === 'number' ? value : undefined;
};

export class RadiusCall extends CountedExchange {
  readonly protocol = 'radius';
  readonly id: number;
  /** The request as it came, to know it when it comes again. */
  #request: RadiusPacket | undefined;
  #response: RadiusPacket | undefined;
  /** The same request again, because its answer did not come. */
  retries = 0;
  /** Why there is no answer, when there should be one. */
  missing: string | undefined;

  constructor(id: number) {
    super();
    this.id = id;
  }

  asks(packet: RadiusPacket, span: Span): this {
    this.#request = { ...packet, bytes: copies.keep(packet.bytes) };
    this.countRequest(packet.bytes.length, span);
    return this;
  }

  answers(packet: RadiusPacket, span: Span): this {
    this.#response = { ...packet, bytes: copies.keep(packet.bytes) };
    this.countResponse(packet.bytes.length, span);
    return this;
  }

  /** A request that is sent again keeps its number and its authenticator (RFC 2865 §2.5). */
  isAgain({ code, bytes }: RadiusPacket): boolean {
    const before = this.#request;
    if (before?.code !== code) return false;
    for (let at = 4; at < HEADER_BYTES; at++) if (before.bytes[at] !== bytes[at]) return false;
    return true;
  }

  get status(): number | null {
    if (this.#response === undefined) return null;
    return refusals.has(this.#response.code) ? this.#response.code : 0;
  }

  get error(): boolean {
    return this.missing !== undefined || (this.status ?? 0) !== 0;
  }

  get #code(): number {
    return (this.#request ?? this.#response)?.code ?? 0;
  }

  endpoint(): string {
    const name = codeName(this.#code);
    let status: string | undefined;
    // The only attribute that says what kind of request it is.
    if (this.#request !== undefined && this.#code === ACCOUNTING) {
      eachAttribute(this.#request.bytes, (type, value) => {
        if (type === STATUS_TYPE) status = attributeOf(type).values?.[value.at(-1) ?? 0];
      });
    }
    return status === undefined ? name : `${name} ${status}`;
  }

  describe(): Description {
    const request = this.#request;
    const response = this.#response;
    const asked = request === undefined ? {} : attributesOf(request.bytes);
    const answered = response === undefined ? {} : attributesOf(response.bytes);
    const name = codeName(this.#code);
    const user = textIn(asked, 'User-Name');
    const about = [textIn(asked, 'Acct-Status-Type'), user, textIn(asked, 'Acct-Session-Id')].filter(Boolean);
    const reply = response === undefined ? undefined : codeName(response.code);
    const summary = [name, ...about, ...(reply !== undefined && request !== undefined ? ['→', reply] : [])].join(' ');
    const errorText = this.error
      ? (this.missing ??
        [reply, textIn(answered, 'Reply-Message') ?? textIn(answered, 'Error-Cause')].filter(Boolean).join(': '))
      : undefined;
    return {
      protocols: ['radius'],
      method: name,
      endpoint: this.endpoint(),
      summary: summary.length > MAX_SUMMARY ? `${summary.slice(0, MAX_SUMMARY)}…` : summary,
      ...(errorText !== undefined && { errorText }),
      request:
        request === undefined
          ? null
          : { size: this.requestSize, ...(this.retries > 0 && { retries: this.retries }), attributes: asked },
      response:
        response === undefined
          ? null
          : { size: this.responseSize, status: this.status ?? 0, statusText: reply ?? '', attributes: answered },
      data: {
        radius: { code: name, identifier: this.id, ...(reply !== undefined && { reply }), ...dataOf(asked, answered) },
      },
    };
  }
}

function dataOf(asked: JsonObject, answered: JsonObject): JsonObject {
  const named = (name: string, value: string | number | undefined): JsonObject =>
    value === undefined ? {} : { [name]: value };
  const octets = (direction: 'Input' | 'Output') => {
    const low = numberIn(asked, `Acct-${direction}-Octets`);
    return low === undefined ? undefined : low + GIGAWORD * (numberIn(asked, `Acct-${direction}-Gigawords`) ?? 0);
  };
  return {
    ...named('user', textIn(asked, 'User-Name')),
    ...named(
      'nas',
      textIn(asked, 'NAS-Identifier') ?? textIn(asked, 'NAS-IP-Address') ?? textIn(asked, 'NAS-IPv6-Address'),
    ),
    ...named('callingStation', textIn(asked, 'Calling-Station-Id')),
    ...named('calledStation', textIn(asked, 'Called-Station-Id')),
    ...named('framedAddress', textIn(asked, 'Framed-IP-Address') ?? textIn(answered, 'Framed-IP-Address')),
    ...named('acctStatus', textIn(asked, 'Acct-Status-Type')),
    ...named('sessionId', textIn(asked, 'Acct-Session-Id')),
    ...named('sessionSeconds', numberIn(asked, 'Acct-Session-Time')),
    ...named('inputBytes', octets('Input')),
    ...named('outputBytes', octets('Output')),
    ...named('terminateCause', textIn(asked, 'Acct-Terminate-Cause')),
    ...named('eap', textIn(asked, 'EAP-Message')),
  };
}
