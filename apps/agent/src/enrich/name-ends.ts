/**
 * Gives calls the processes at their ends. A call whose local end is not known yet waits until /proc has been looked at once;
 * others pass it.
 */

import type { Call } from '@kubeshark/capture';
import type { Endpoint } from '@kubeshark/model';
import type { Ends, Process } from './process.ts';
import type { ProcessTable } from './process-table.ts';

/** How long a call waits for the name of an end at most. */
const MAX_WAIT_MILLIS = 300;
/** Calls that may wait for a look; beyond it they leave without names. */
const MAX_WAITING = 4096;

/** What has to be known of a call. */
export interface Talk {
  readonly flow: Pick<Call['flow'], 'endpoint' | 'note'>;
}

/** Where calls go. */
export interface CallTaker<Kind extends Talk = Call> {
  take(call: Kind, ends: Ends): void;
  /** A call is only there while it is given: answers what will take it later. */
  keep(call: Kind): (ends: Ends) => void;
}

type End = readonly [ip: string, port: number];

interface Waiting {
  readonly src: End;
  readonly dst: End;
  readonly release: (ends: Ends) => void;
}

/** What is known of a conversation, once it is: its further calls are not asked for. */
class KnownEnds implements Ends {
  /** Who was the client when it was asked: that may be learnt later. */
  readonly client: Endpoint;
  readonly src: Process | undefined;
  readonly dst: Process | undefined;

  constructor(client: Endpoint, { src, dst }: Ends) {
    this.client = client;
    this.src = src;
    this.dst = dst;
  }
}

export class EndNamer<Kind extends Talk = Call> {
  readonly #table: ProcessTable;
  readonly #taker: CallTaker<Kind>;
  #waiting: Waiting[] = [];
  #isAsking = false;

  constructor(table: ProcessTable, taker: CallTaker<Kind>) {
    this.#table = table;
    this.#taker = taker;
  }

  take(call: Kind): void {
    const { flow } = call;
    const client = flow.endpoint('client');
    if (flow.note instanceof KnownEnds && flow.note.client === client) return this.#taker.take(call, flow.note);
    const src = endOf(client);
    const dst = endOf(flow.endpoint('server'));
    if (!this.#table.isWorthAsking(...src) && !this.#table.isWorthAsking(...dst)) {
      const known = new KnownEnds(client, this.#find(src, dst));
      if (this.#isKnown(src) && this.#isKnown(dst)) flow.note = known;
      return this.#taker.take(call, known);
    }
    this.#waiting.push({ src, dst, release: this.#taker.keep(call) });
    if (this.#waiting.length >= MAX_WAITING) this.#release();
    else if (!this.#isAsking) void this.#ask();
  }

  /** Nothing more comes: what waits leaves as it is known now. */
  end(): void {
    this.#release();
  }

  /** Calls that wait leave after a look that began when they were there already, or when they have waited enough. */
  async #ask(): Promise<void> {
    this.#isAsking = true;
    while (this.#waiting.length > 0) {
      const asked = this.#waiting
        .flatMap(({ src, dst }) => [src, dst])
        .filter((end) => this.#table.isWorthAsking(...end));
      if (asked.length > 0) {
        const patience = new Promise<void>((resolve) => setTimeout(resolve, MAX_WAIT_MILLIS).unref());
        await Promise.race([this.#table.ask(asked), patience]);
      }
      this.#release();
    }
    this.#isAsking = false;
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { src, dst, release } of waiting) release(this.#find(src, dst));
  }

  #find(src: End, dst: End): Ends {
    return { src: this.#table.find(...src), dst: this.#table.find(...dst) };
  }

  /** An end of this machine that nobody was found to hold may be found later. */
  #isKnown(end: End): boolean {
    return this.#table.find(...end) !== undefined || !this.#table.isLocal(end[0]);
  }
}

const endOf = ({ ip, port }: Endpoint): End => [ip, port];
