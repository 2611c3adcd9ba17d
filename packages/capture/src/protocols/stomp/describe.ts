/** What calls of STOMP look like to people. */

import type { Headers, JsonObject, Request } from '@kubeshark/model';
import { plainPayload } from '../../decode/payload.ts';
import { traceIdOf } from '../../decode/trace.ts';
import { CountedExchange } from '../../dissect/counted-exchange.ts';
import type { Description } from '../../dissect/dissector.ts';
import { type CallFacts, type Half, headerIn } from './call.ts';
import { endpointOf } from './destination.ts';
import { WrittenStomp } from './written.ts';

const MAX_SUMMARY = 200;
/** One for all calls: each is written before the next is. */
const writtenStomp = new WrittenStomp();

export class StompExchange extends CountedExchange {
  readonly protocol = 'stomp';
  readonly status: number | string | null;
  readonly error: boolean;
  readonly #call: CallFacts;
  readonly #limit: number;

  /** `limit`: body bytes shown. */
  constructor(call: CallFacts, limit: number) {
    super();
    this.#call = call;
    this.#limit = limit;
    const { request, response, missing } = call;
    if (request !== undefined) this.setRequest(request);
    if (response !== undefined) this.setResponse(response);
    this.truncated = isCut(request) || isCut(response);
    this.status = response === undefined ? null : response.command === 'ERROR' ? 'ERROR' : 0;
    this.error = this.status === 'ERROR' || missing !== undefined || request?.command === 'NACK';
  }

  /** What the call is about: the client's frame, or what the server sent by itself. */
  get #main(): Half | undefined {
    return this.#call.request ?? this.#call.response;
  }

  endpoint(): string {
    return endpointOf(this.#main?.command ?? '', this.#destination);
  }

  get #destination(): string | undefined {
    const main = this.#main;
    const { destination, delivery } = this.#call;
    return (main && headerIn(main, 'destination')) ?? destination ?? delivery?.destination;
  }

  written(): WrittenStomp | null {
    const { request, response, peers } = this.#call;
    return writtenStomp.of({
      method: this.#main?.command ?? '',
      endpoint: this.endpoint(),
      summary: this.#summary(),
      errorText: this.#errorText,
      traceId: this.#traceId,
      status: this.status,
      request,
      response,
      data: this.#told(),
      heldMicros: this.#heldMicros,
      peers: Object.entries(peers),
      limit: this.#limit,
    });
  }

  get #traceId(): string | undefined {
    const main = this.#main;
    return main && traceIdOf({ first: (name) => headerIn(main, name) });
  }

  get #errorText(): string | undefined {
    const { response, missing } = this.#call;
    return this.error ? (missing ?? errorTextOf(response)) : undefined;
  }

  /** Between a delivery and what settles it. */
  get #heldMicros(): number | undefined {
    const main = this.#main;
    const { delivery } = this.#call;
    return main === undefined || delivery === undefined ? undefined : Math.max(0, main.start - delivery.at);
  }

  describe(): Description {
    const { request, response } = this.#call;
    const main = this.#main;
    const traceId = this.#traceId;
    const errorText = this.#errorText;
    return {
      protocols: ['stomp'],
      method: main?.command ?? '',
      endpoint: this.endpoint(),
      summary: this.#summary(),
      ...(errorText !== undefined && { errorText }),
      request: request === undefined ? null : this.#half(request),
      response: response === undefined ? null : { ...this.#half(response), status: this.status ?? 0 },
      ...(traceId !== undefined && { traceId }),
      data: { stomp: this.#data() },
    };
  }

  #half({ command, headers, size, body, mime }: Half): Request {
    const shown = plainPayload(body.bytes, { size: body.size, isCut: body.isCut, limit: this.#limit, mime });
    return {
      size,
      command,
      ...(headers.length > 0 && { headers: headersOf(headers) }),
      ...(shown !== undefined && { body: shown }),
    };
  }

  #summary(): string {
    const main = this.#main;
    if (main === undefined) return '';
    const { command, body } = main;
    const about = this.#destination ?? headerIn(main, 'transaction') ?? headerIn(main, 'host');
    const said = command === 'ERROR' ? headerIn(main, 'message') : about;
    const text = `${command} ${said ?? ''}`.trimEnd() + (body.size > 0 ? ` (${body.size} bytes)` : '');
    return text.length > MAX_SUMMARY ? `${text.slice(0, MAX_SUMMARY)}…` : text;
  }

  #data(): JsonObject {
    const main = this.#main;
    if (main === undefined) return {};
    const heldMicros = this.#heldMicros;
    return {
      command: main.command,
      ...Object.fromEntries(this.#told().filter(([, value]) => value !== undefined)),
      ...(heldMicros !== undefined && { heldMillis: heldMicros / 1000 }),
      ...this.#call.peers,
    };
  }

  /** What the frame tells of itself, by the names it is found by. */
  #told(): readonly (readonly [name: string, value: string | undefined])[] {
    const main = this.#main;
    if (main === undefined) return [];
    const { command } = main;
    const isAck = command === 'ACK' || command === 'NACK';
    const id = isAck || command === 'SUBSCRIBE' || command === 'UNSUBSCRIBE' ? headerIn(main, 'id') : undefined;
    return [
      ['destination', this.#destination],
      ['subscription', headerIn(main, 'subscription') ?? (isAck ? undefined : id)],
      ['messageId', headerIn(main, 'message-id') ?? (isAck ? id : undefined)],
      ['transaction', headerIn(main, 'transaction')],
      ['receipt', headerIn(main, this.#call.request === undefined ? 'receipt-id' : 'receipt')],
      ['host', headerIn(main, 'host')],
      ['ackMode', command === 'SUBSCRIBE' ? (headerIn(main, 'ack') ?? 'auto') : undefined],
    ];
  }
}

const isCut = (half: Half | undefined): boolean => half !== undefined && (half.isCut || half.body.isCut);

/** Without what the frame is made of; of a name that comes again all values, the first counts. */
function headersOf(headers: readonly (readonly [string, string])[]): Headers {
  const found: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  for (const [name, value] of headers) {
    const before = found[name];
    found[name] = before === undefined ? value : [...[before].flat(), value];
  }
  return { ...found };
}

function errorTextOf(response: Half | undefined): string {
  if (response?.command !== 'ERROR') return 'not acknowledged';
  const message = headerIn(response, 'message');
  return message === undefined || message === '' ? 'error' : message;
}
