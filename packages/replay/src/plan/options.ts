/** What is sent, where to, and what of it is changed. */

import type { Entry } from '@kubeshark/model';

export interface PlanOptions {
  /** The only server anything is sent to, beside those that `mapHost` names. */
  readonly target: string;
  /** Recorded host → origin to send its calls to. */
  readonly mapHost?: Readonly<Record<string, string>>;
  readonly filter?: (entry: Entry) => boolean;
  /** Upper case; without it every method that only reads. */
  readonly methods?: readonly string[];
  /** Also what changes something on the server. */
  readonly allowWrites?: boolean;
  /** Share of the calls to send, from 0 to 1: the same ones each time. */
  readonly sample?: number;
  /** Calls of a plan; default a million. */
  readonly maxCalls?: number;
  readonly setHeaders?: Readonly<Record<string, string>>;
  /** Lower case. */
  readonly dropHeaders?: readonly string[];
}

/** Why a call is not sent. */
export type SkipReason =
  | 'not HTTP or WebSocket'
  | 'left out by the filter'
  | 'left out by the sample'
  | 'left out by its method'
  | 'would change something (--allow-writes)'
  | 'its body was cut when it was captured'
  | 'its request was not seen'
  | 'another host (--map-host)'
  | 'beyond the limit of a plan';
