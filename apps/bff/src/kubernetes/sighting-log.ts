/**
 * Where sightings are told, to be read in one order by everybody who joins them: within one hub at once, between hubs on
 * one database through it.
 */

import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import type { Notices } from '../hubs/notices.ts';
import { HOLD_MICROS } from './groups.ts';
import { Told } from './sighting.ts';

/** Times are microseconds of the log's own clock. */
export interface LogReader {
  heard(sightings: readonly Told[], at: number): void;
  /** Nothing that was told before comes any more. */
  passed(until: number): void;
}

export interface SightingLog {
  read(reader: LogReader): void;
  /** Resolves when the readers have heard it; false when it cannot be told. */
  tell(sightings: readonly Told[]): Promise<boolean>;
}

export class LocalLog implements SightingLog {
  readonly #holdMillis: number;
  #reader: LogReader | undefined;

  constructor(holdMillis = HOLD_MICROS / 1000) {
    this.#holdMillis = holdMillis;
  }

  read(reader: LogReader): void {
    this.#reader = reader;
  }

  tell(sightings: readonly Told[]): Promise<boolean> {
    const at = performance.now() * 1000;
    this.#reader?.heard(sightings, at);
    // A timer may be a moment early.
    void setTimeout(this.#holdMillis).then(() => this.#reader?.passed(at + this.#holdMillis * 1000));
    return Promise.resolve(true);
  }
}

const KIND = 'sightings';
/** Sightings of several batches are told together: an insert costs the same for one as for a thousand. */
const GATHER_MILLIS = 100;
/** Some three hundred bytes each. */
const MAX_TOLD = 500;
/** What is not heard by then came to others too late as well, and is told again. */
const HEARD_MILLIS = 3_000;
const RETRY_MILLIS = 500;
/** A database that is away for longer must not keep calls from being seen. */
const GIVE_UP_MILLIS = 60_000;

const Text = z.object({ nonce: z.string(), sightings: z.array(z.unknown()) });

export interface SharedLogOptions {
  readonly notices: Pick<Notices, 'on' | 'onPassed' | 'tell'>;
  readonly onError: (error: unknown) => void;
  readonly giveUpMillis?: number;
}

export class SharedLog implements SightingLog {
  readonly #options: SharedLogOptions;
  #gathering: { readonly sightings: Told[]; readonly isTold: Promise<boolean> } | undefined;
  /** By nonce, what this hub has told and not heard itself. */
  readonly #unheard = new Map<string, () => void>();

  constructor(options: SharedLogOptions) {
    this.#options = options;
  }

  read(reader: LogReader): void {
    const { notices } = this.#options;
    notices.on(KIND, ({ text, at }) => {
      const { data } = Text.safeParse(text);
      // A hub of another release may say it in another form: its calls are then shown twice until it is replaced.
      if (data === undefined) return;
      // Made of what agents say, which may be anything.
      reader.heard(
        data.sightings.flatMap((sighting) => Told.safeParse(sighting).data ?? []),
        at,
      );
      this.#unheard.get(data.nonce)?.();
    });
    notices.onPassed((until) => reader.passed(until));
  }

  tell(sightings: readonly Told[]): Promise<boolean> {
    this.#gathering ??= this.#gather();
    this.#gathering.sightings.push(...sightings);
    return this.#gathering.isTold;
  }

  #gather() {
    const sightings: Told[] = [];
    const isTold = setTimeout(GATHER_MILLIS).then(() => {
      this.#gathering = undefined;
      return this.#tellAll(sightings);
    });
    return { sightings, isTold };
  }

  /** Until this hub has heard it: then all have. */
  async #tellAll(sightings: readonly Told[]): Promise<boolean> {
    const { notices, onError, giveUpMillis = GIVE_UP_MILLIS } = this.#options;
    const nonce = randomUUID();
    const heard = Promise.withResolvers<true>();
    this.#unheard.set(nonce, () => heard.resolve(true));
    const texts: string[] = [];
    for (let from = 0; from < sightings.length; from += MAX_TOLD)
      texts.push(JSON.stringify({ nonce, sightings: sightings.slice(from, from + MAX_TOLD) }));
    const deadline = performance.now() + giveUpMillis;
    let isHeard = false;
    while (!isHeard && performance.now() < deadline) {
      const pause = await notices.tell(KIND, texts).then(
        () => HEARD_MILLIS,
        (error: unknown) => {
          onError(error);
          return RETRY_MILLIS;
        },
      );
      isHeard = await Promise.race([heard.promise, setTimeout(pause, false)]);
    }
    this.#unheard.delete(nonce);
    return isHeard;
  }
}
