/**
 * `pnpm fuzz contract [SECONDS] [SEED]`: recorded conversations cut up, changed, with turns lost and joined in the middle, each run
 * with a seed of its own. The unit tests do the same a few dozen times a conversation; this goes on until the time is over. A trouble
 * is printed with its seed, which as an argument repeats that run first.
 */

import { isDeepStrictEqual } from 'node:util';
import { type Change, mutate, type Subject, subjects } from '../packages/capture/src/dissect/testing/contract.ts';
import {
  type Dissection,
  type DissectOptions,
  dissect,
  recut,
  type Turn,
} from '../packages/capture/src/dissect/testing/conversation.ts';
import { dissectors } from '../packages/capture/src/protocols/registry.ts';
import { randomFrom, SLOW_MILLIS, workedMillis } from './fuzzing.ts';

const MOST_CHANGES = 20;
const MOST_SIZES = 20;
const MOST_BYTES = 300;
const MANY = 2 ** 30;

type Below = (limit: number) => number;

/** What is known of a conversation as it was recorded. */
const wholes = new Map<Subject, Dissection>();

/** One way to harm a conversation; gives what went wrong. */
const ways: Readonly<Record<string, (subject: Subject, below: Below) => string[]>> = {
  cut(subject, below) {
    if (subject.transport !== 'tcp') return [];
    const sizes = Array.from({ length: 1 + below(MOST_SIZES) }, () => 1 + below(MOST_BYTES));
    const whole = wholes.get(subject) ?? run(subject, subject.turns).dissection;
    if (whole !== undefined) wholes.set(subject, whole);
    const { dissection, troubles } = run(subject, recut(subject.turns, sizes));
    const isSame = isDeepStrictEqual(dissection?.calls, whole?.calls);
    return isSame ? troubles : [...troubles, `other calls when cut into pieces of ${sizes.join(', ')} bytes`];
  },
  change: (subject, below) => run(subject, mutate(subject.turns, changes(below))).troubles,
  lose(subject, below) {
    if (subject.transport !== 'tcp') return [];
    const turns = mutate(subject.turns, below(2) === 0 ? [] : changes(below));
    const place = below(turns.length);
    const lost = turns[place];
    if (lost === undefined) return [];
    return run(subject, turns.with(place, { ...lost, bytes: new Uint8Array(0), lost: lost.bytes.length })).troubles;
  },
  join(subject, below) {
    const turns = mutate(subject.turns, below(2) === 0 ? [] : changes(below)).slice(below(subject.turns.length));
    return run(subject, turns, { midStream: true, clientKnown: false }).troubles;
  },
};

function changes(below: Below): Change[] {
  return Array.from({ length: 1 + below(MOST_CHANGES) }, () => [below(MANY), below(MANY), below(256)] as const);
}

function run({ options }: Subject, turns: readonly Turn[], more: DissectOptions = {}) {
  const troubles: string[] = [];
  const started = workedMillis();
  let dissection: Dissection | undefined;
  try {
    const onFault = (fault: string) => {
      if (fault.startsWith('bug:')) troubles.push(fault);
    };
    dissection = dissect(dissectors, turns, { ...options, ...more, onFault });
    if (dissection.buffered !== 0) troubles.push(`${dissection.buffered} bytes wait after the end`);
  } catch (error) {
    troubles.push(`thrown: ${error instanceof Error ? error.stack : String(error)}`);
  }
  const millis = Math.round(workedMillis() - started);
  if (millis > SLOW_MILLIS) troubles.push(`slow: ${millis} ms`);
  return { dissection, troubles };
}

export function fuzzContract(seconds: number, seed: number): void {
  const until = Date.now() + seconds * 1000;
  const names = Object.keys(ways);
  const known = new Set<string>();
  let runs = 0;
  for (; Date.now() < until || runs === 0; runs++) {
    const random = randomFrom(seed + runs);
    const below: Below = (limit) => Math.floor(random() * limit);
    // The first numbers of neighbouring seeds are neighbours.
    for (let n = 0; n < 8; n++) random();
    const subject = subjects[below(subjects.length)];
    const way = names[below(names.length)] ?? '';
    if (subject === undefined) break;
    for (const trouble of ways[way]?.(subject, below) ?? []) {
      const once = `${subject.protocol} ${way} ${trouble.replaceAll(/\d+/g, '#').replace(/of #.*bytes/, '')}`;
      if (known.has(once)) continue;
      known.add(once);
      console.error(`${subject.label}, ${way}, seed ${seed + runs}: ${trouble}`);
    }
  }
  const megabytes = Math.round(process.memoryUsage().rss / 1e6);
  console.log(`${runs} runs over ${subjects.length} conversations, ${known.size} troubles, ${megabytes} MB`);
  if (known.size > 0) process.exitCode = 1;
}
