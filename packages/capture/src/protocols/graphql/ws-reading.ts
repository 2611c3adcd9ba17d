/** Pairs the messages of one WebSocket: an operation with its results, by the id the client gave it. */

import type { Micros } from '@kubeshark/model';
import type { CloseReason } from '../../dissect/dissector.ts';
import type { WsConnection, WsReading, WsText } from '../../ws/refiner.ts';
import { type Ending, WsOpening, WsOperation } from './ws-operation.ts';
import { type GraphqlMessage, readMessage } from './ws-wire.ts';

/** Characters of results kept for all open operations of a connection; more is counted only. */
const MAX_KEPT = 4 * 1024 * 1024;
/** Ended operations remembered, for results that were on their way when the client stopped them. */
const MAX_ENDED = 64;

export class GraphqlReading implements WsReading {
  readonly #connection: WsConnection;
  readonly #operations = new Map<string, WsOperation>();
  readonly #ended = new Set<string>();
  #opening: WsOpening | undefined;
  /** The server took the connection, or it was joined later: nothing secret comes any more. */
  #isOpen: boolean;
  #kept = 0;

  constructor(connection: WsConnection) {
    this.#connection = connection;
    this.#isOpen = connection.path === undefined;
  }

  message(text: WsText): boolean {
    const message = readMessage(text.side, text.text, text.isTruncated);
    if (message === undefined) return this.#mayBeSecret(text);
    const { kind, id } = message;
    switch (kind) {
      case 'connect':
        this.#endOpening();
        this.#opening = new WsOpening(text, this.#connection.path);
        return true;
      case 'connected':
      case 'rejected':
        this.#isOpen = true;
        this.#answerOpening(text, kind === 'connected' ? undefined : reasonIn(message));
        return true;
      case 'ask':
        this.#ask(id, text, message);
        return true;
      case 'result':
      case 'failed':
        this.#answer(id, text, message);
        return true;
      case 'done':
        this.#end(id, 'complete', text);
        return true;
      case 'stop':
        this.#end(id, 'stopped', text);
        return true;
    }
  }

  gap(length: number): void {
    for (const operation of this.#operations.values()) operation.gap += length;
  }

  close(_at: Micros, reason: CloseReason): void {
    this.#endOpening();
    const ending: Ending = reason === 'reset' ? 'reset' : reason === 'end-of-capture' ? 'open' : 'closed';
    for (const id of [...this.#operations.keys()]) this.#end(id, ending);
  }

  /** What a client says before it is let in and nobody understands may be its token, cut. */
  #mayBeSecret({ side, isTruncated }: WsText): boolean {
    if (this.#isOpen || side !== 'client' || !isTruncated) return false;
    this.#connection.anomaly('graphql: a long message before the acknowledgement is not shown');
    return true;
  }

  #answerOpening(text: WsText, failure: string | undefined): void {
    const opening = this.#opening;
    if (opening === undefined) return;
    this.#opening = undefined;
    opening.answer(text, failure);
    this.#connection.emit(opening);
  }

  #endOpening(): void {
    const opening = this.#opening;
    if (opening === undefined) return;
    this.#opening = undefined;
    opening.fail('not acknowledged');
    this.#connection.emit(opening);
  }

  #ask(id: string, text: WsText, { payload }: GraphqlMessage): void {
    if (this.#operations.has(id)) {
      this.#connection.anomaly('graphql: an id is used twice');
      this.#end(id, 'open');
    }
    this.#ended.delete(id);
    this.#open(id).ask(text, payload);
  }

  #answer(id: string, text: WsText, { kind, payload }: GraphqlMessage): void {
    // On its way when the client stopped the operation: the protocol says to ignore it.
    if (this.#ended.has(id)) return;
    const operation = this.#operations.get(id) ?? this.#open(id);
    const before = operation.keptBytes;
    const room = Math.min(this.#connection.limits.maxBodyBytes - before, MAX_KEPT - this.#kept);
    operation.answer(text, payload, { isFailure: kind === 'failed', room });
    this.#kept += operation.keptBytes - before;
    if (kind === 'failed') this.#end(id, 'error');
  }

  #open(id: string): WsOperation {
    const [oldest] = this.#operations.keys();
    if (oldest !== undefined && this.#operations.size >= this.#connection.limits.maxPending) {
      this.#connection.anomaly('graphql: too many open operations');
      this.#end(oldest, 'open');
    }
    const operation = new WsOperation(this.#connection.path);
    this.#operations.set(id, operation);
    return operation;
  }

  #end(id: string, ending: Ending, text?: WsText): void {
    const operation = this.#operations.get(id);
    if (operation === undefined) return;
    this.#operations.delete(id);
    this.#kept -= operation.keptBytes;
    operation.end(ending, text);
    this.#connection.emit(operation);
    const [oldest] = this.#ended;
    if (oldest !== undefined && this.#ended.size >= MAX_ENDED) this.#ended.delete(oldest);
    this.#ended.add(id);
  }
}

/** Servers of the older protocol say why; some say nothing. */
function reasonIn({ payload }: GraphqlMessage): string {
  const message = payload !== null && typeof payload === 'object' && 'message' in payload ? payload.message : undefined;
  return typeof message === 'string' ? message : 'refused';
}
