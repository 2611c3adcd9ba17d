/** What calls of STOMP look like to people. */

import type { Headers, JsonObject, Request } from '@kubeshark/model';
import { foldIds } from '../../decode/fold-ids.ts';
import { plainPayload } from '../../decode/payload.ts';
import { traceIdOf } from '../../decode/trace.ts';
import { CountedExchange } from '../../dissect/counted-exchange.ts';
import type { Description, Span } from '../../dissect/dissector.ts';
import { BodyCollector } from '../../http/body.ts';

const MAX_SUMMARY = 200;
/** What a client logs in with is told but for this. */
const SECRET = 'passcode';

/** A frame while its body comes. */
export interface Half {
  readonly command: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly start: number;
  end: number;
  size: number;
  gap: number;
  isCut: boolean;
  readonly body: BodyCollector;
}

export function openHalf(
  command: string,
  headers: readonly (readonly [string, string])[],
  { size, isCut, limit }: { readonly size: number; readonly isCut: boolean; readonly limit: number },
  span: Span,
): Half {
  const kept = headers.filter(([name]) => name !== SECRET);
  return {
    command,
    headers: kept,
    start: span.first,
    end: span.last,
    size,
    gap: 0,
    isCut,
    body: new BodyCollector(limit),
  };
}

/** The first of a name counts, later ones are history (§"Repeated Header Entries"). */
export const headerIn = ({ headers }: Half, name: string): string | undefined =>
  headers.find(([other]) => other === name)?.[1];

/** Who speaks, as the connection's beginning told. */
export interface Peers {
  readonly user?: string;
  readonly server?: string;
  readonly version?: string;
}

/** The delivery that an acknowledgement is about. */
export interface Delivery {
  readonly destination: string;
  readonly at: number;
}

export interface CallFacts {
  readonly request?: Half | undefined;
  readonly response?: Half | undefined;
  /** Where the frame does not say it itself: of an acknowledgement, of an UNSUBSCRIBE. */
  readonly destination?: string | undefined;
  readonly delivery?: Delivery | undefined;
  readonly peers: Peers;
  /** Why there is no answer, when there should be one. */
  readonly missing?: string | undefined;
}

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
    const command = this.#main?.command ?? '';
    const destination = this.#destination;
    return destination === undefined ? command : `${command} ${foldIds(destination)}`;
  }

  get #destination(): string | undefined {
    const main = this.#main;
    const { destination, delivery } = this.#call;
    return (main && headerIn(main, 'destination')) ?? destination ?? delivery?.destination;
  }

  describe(): Description {
    const { request, response, missing } = this.#call;
    const main = this.#main;
    const traceId = main && traceIdOf({ first: (name) => headerIn(main, name) });
    const errorText = this.error ? (missing ?? errorTextOf(response)) : undefined;
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

  #half({ command, headers, size, body }: Half): Request {
    const mime = (headers.find(([name]) => name === 'content-type')?.[1] ?? '').split(';')[0]?.trim().toLowerCase();
    const shown = plainPayload(body.bytes, {
      size: body.size,
      isCut: body.isCut,
      limit: this.#limit,
      mime: mime ?? '',
    });
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
    const { delivery, request, peers } = this.#call;
    const destination = this.#destination;
    const ackMode = main.command === 'SUBSCRIBE' ? (headerIn(main, 'ack') ?? 'auto') : undefined;
    const messageId = headerIn(main, 'message-id') ?? (/^N?ACK$/.test(main.command) ? headerIn(main, 'id') : undefined);
    const subscription =
      headerIn(main, 'subscription') ?? (main.command.endsWith('SUBSCRIBE') ? headerIn(main, 'id') : undefined);
    return {
      command: main.command,
      ...(destination !== undefined && { destination }),
      ...(subscription !== undefined && { subscription }),
      ...(messageId !== undefined && { messageId }),
      ...optional('transaction', headerIn(main, 'transaction')),
      ...optional('receipt', headerIn(main, request === undefined ? 'receipt-id' : 'receipt')),
      ...optional('host', headerIn(main, 'host')),
      ...(ackMode !== undefined && { ackMode }),
      ...(delivery !== undefined && { heldMillis: Math.max(0, main.start - delivery.at) / 1000 }),
      ...peers,
    };
  }
}

const optional = (name: string, value: string | undefined): JsonObject =>
  value === undefined ? {} : { [name]: value };

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
