/** What is known of one call: the frames it is put together from, and the numbers. */

import { traceIdOf } from '../../decode/trace.ts';
import type { CallGroup } from '../../dissect/call-group.ts';
import { CountedExchange } from '../../dissect/counted-exchange.ts';
import { piece } from '../../json/json-writer.ts';
import { NO_COMMAND } from './commands.ts';
import { type About, type Destination, destinationAt, destinationOf, nowhere } from './destination.ts';
import { Frame } from './frame.ts';
import { Role } from './headers.ts';

/** Who speaks, as the connection's beginning told. */
export class Peers {
  readonly told: Readonly<Record<'user' | 'server' | 'version', string | undefined>>;
  #data: Uint8Array | undefined;

  constructor(user?: string, server?: string, version?: string) {
    this.told = { user, server, version };
  }

  /** All of it as members of an object, a comma before each, and the brace behind. */
  get data(): Uint8Array {
    this.#data ??= piece(
      JSON.stringify(this.told)
        .replace(/^\{(?!\})/, ',')
        .replace(/^\{/, ''),
    );
    return this.#data;
  }
}

/** The delivery that an acknowledgement is about. */
export interface Delivery {
  readonly destination: Destination;
  readonly at: number;
}

/** What other frames told of a call. */
export interface Context {
  readonly peers: Peers;
  /** Where the frame does not say it itself: of a MESSAGE, of an UNSUBSCRIBE. */
  readonly destination?: Destination | undefined;
  readonly delivery?: Delivery | undefined;
  /** Why there is no answer, when there should be one. */
  readonly missing?: string | undefined;
}

const NOBODY = new Peers();
/** Stands for the frame of a call that has none. */
const NO_FRAME = new Frame();

/** The destination that a frame tells. */
export function destinationIn(frame: Frame): Destination | undefined {
  const at = frame.find(Role.DESTINATION);
  if (at < 0) return undefined;
  const bytes = frame.plainBytes;
  return bytes === null ? destinationOf(frame.textAt(at)) : destinationAt(bytes, frame.startOf(at), frame.endOf(at));
}

export abstract class CallFacts extends CountedExchange {
  readonly protocol = 'stomp';
  status: number | string | null = null;
  error = false;
  request: Frame | undefined;
  response: Frame | undefined;
  /** What the call is about: the client's frame, or what the server sent by itself. */
  main: Frame = NO_FRAME;
  about: About = nowhere.about(NO_COMMAND);
  destination: Destination = nowhere;
  delivery: Delivery | undefined;
  peers = NOBODY;
  missing: string | undefined;
  /** Body bytes shown. */
  limit = 0;

  /** Becomes a call of one frame, or two. */
  begin(request: Frame | undefined, response: Frame | undefined, context: Context, limit: number): void {
    const { destination, delivery, peers, missing } = context;
    this.gap = 0;
    this.request = request;
    this.response = response;
    const main = request ?? response ?? NO_FRAME;
    this.main = main;
    this.destination = destinationIn(main) ?? destination ?? delivery?.destination ?? nowhere;
    this.about = this.destination.about(main.command);
    this.delivery = delivery;
    this.peers = peers;
    this.missing = missing;
    this.limit = limit;
    this.requestStart = null;
    this.requestEnd = null;
    this.requestSize = 0;
    this.responseStart = null;
    this.responseEnd = null;
    this.responseSize = 0;
    if (request !== undefined) this.setRequest(request);
    if (response !== undefined) this.setResponse(response);
    this.truncated = isCut(request) || isCut(response);
    this.status = response === undefined ? null : response.command.name === 'ERROR' ? 'ERROR' : 0;
    this.error = this.status === 'ERROR' || missing !== undefined || request?.command.name === 'NACK';
  }

  endpoint(): string {
    return this.about.group.endpoint;
  }

  group(): CallGroup {
    return this.about.group;
  }

  get traceId(): string | undefined {
    const { main } = this;
    return main.hasTrace ? traceIdOf({ first: (name) => main.named(name) }) : undefined;
  }

  /** Between a delivery and what settles it. */
  get heldMicros(): number | undefined {
    return this.delivery === undefined ? undefined : Math.max(0, this.main.start - this.delivery.at);
  }

  get errorText(): string | undefined {
    const { error, missing, response } = this;
    if (!error) return undefined;
    if (missing !== undefined) return missing;
    if (response?.command.name !== 'ERROR') return 'not acknowledged';
    return response.textOf(Role.MESSAGE) || 'error';
  }

  /** Nobody looks at it any more. */
  protected clear(): void {
    this.request?.release();
    this.response?.release();
    this.request = undefined;
    this.response = undefined;
    this.main = NO_FRAME;
    this.delivery = undefined;
  }
}

const isCut = (frame: Frame | undefined): boolean => frame !== undefined && (frame.isCut || frame.body.isCut);
