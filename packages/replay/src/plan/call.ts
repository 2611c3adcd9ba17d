/** One recorded call as it will be sent again. */

import type { Entry } from '@kubeshark/model';

export type Fields = readonly (readonly [name: string, value: string])[];

export interface PlannedCall {
  /** Position in the plan, from 0. */
  readonly index: number;
  readonly entry: Entry;
  /** Calls of one recorded connection keep their order. */
  readonly connection: string;
  /** Milliseconds after the first call of the plan. */
  readonly offset: number;
  readonly transport: 'http1' | 'http2' | 'websocket';
  /** Where it goes: an origin, `http://staging:8080`. */
  readonly origin: string;
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Fields;
  readonly body: Uint8Array;
  /** Of a WebSocket: what the client said, and when after the handshake. */
  readonly messages: readonly { readonly offset: number; readonly text: string }[];
  /** Of a WebSocket: what the server said. */
  readonly answers: readonly string[];
}
