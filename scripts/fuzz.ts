/**
 * `pnpm fuzz capture [SECONDS] [SEED]`: the recorded fixtures with bytes changed, cut and moved, through the whole pipeline
 * up to the entry's JSON; `pnpm fuzz kafka` those of one protocol; `pnpm fuzz contract` is fuzz-contract.ts, `pnpm fuzz each` all of
 * them. Ends with 1 when something threw, a reader failed, a call was written otherwise than it is described, or a file took more than
 * a second of work.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { CaptureDissection, JsonWriter } from '@kubeshark/capture';
import { fuzzContract } from './fuzz-contract.ts';
import { fuzzEach } from './fuzz-each.ts';
import { randomFrom, SLOW_MILLIS, workedMillis } from './fuzzing.ts';

const root = path.resolve(import.meta.dirname, '../packages/capture/fixtures');
/** The file's header and its first record's: changed, nothing behind them would be read. */
const UNTOUCHED = 60;
const MOST_CHANGES = 40;

interface Input {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly keyLog: string;
}

const all: readonly Input[] = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.pcap(ng)?$/.test(name))
  .map((name) => {
    const keys = path.join(root, path.dirname(name), 'keys.log');
    const bytes = new Uint8Array(readFileSync(path.join(root, name)));
    return { name, bytes, keyLog: existsSync(keys) ? readFileSync(keys, 'utf8') : '' };
  });

function mutated(original: Uint8Array, random: () => number): Uint8Array {
  const bytes = original.slice();
  const place = () => UNTOUCHED + Math.floor(random() * Math.max(1, bytes.length - UNTOUCHED));
  for (let left = 1 + Math.floor(random() * MOST_CHANGES); left > 0; left--) {
    const at = place();
    const kind = random();
    if (kind < 0.5) bytes[at] = random() * 256;
    else if (kind < 0.7) bytes[at] = (bytes[at] ?? 0) ^ (1 << (random() * 8));
    else if (kind < 0.9) bytes[at] = kind < 0.8 ? 0xff : 0;
    else bytes.copyWithin(at, place(), place());
  }
  return random() < 0.1 ? bytes.subarray(0, place()) : bytes;
}

/** Both texts around the place where they part. */
function difference(written: string, described: string): string {
  let at = 0;
  while (written[at] === described[at]) at++;
  const around = (text: string) => text.slice(Math.max(0, at - 80), at + 80);
  return `${around(written)} ≠ ${around(described)}`;
}

/** What went wrong with one file; empty when nothing did. */
function troubles({ keyLog }: Input, bytes: Uint8Array): string[] {
  const started = workedMillis();
  const found: string[] = [];
  const json = new JsonWriter();
  const capture = new CaptureDissection({
    onCall: (call) => {
      json.length = 0;
      call.writeJson(json);
      const written = Buffer.from(json.written()).toString();
      const described = JSON.stringify(call.toEntry());
      if (written !== described)
        found.push(`${call.protocol} is written otherwise than described: ${difference(written, described)}`);
    },
  });
  capture.engine.keys.addKeyLog(keyLog);
  try {
    capture.push(bytes);
    capture.end();
  } catch (error) {
    found.push(`thrown: ${error instanceof Error ? error.stack : String(error)}`);
  }
  for (const fault of capture.engine.counters.faults.keys()) if (fault.includes(' bug: ')) found.push(fault);
  const millis = Math.round(workedMillis() - started);
  return millis > SLOW_MILLIS ? [...found, `slow: ${millis} ms`] : found;
}

async function fuzzCapture(inputs: readonly Input[], seconds: number, seed: number): Promise<void> {
  const random = randomFrom(seed);
  const until = Date.now() + seconds * 1000;
  const known = new Set<string>();
  let runs = 0;
  for (; Date.now() < until; runs++) {
    const input = inputs[Math.floor(random() * inputs.length)];
    if (input === undefined) break;
    // As between the chunks of a capture: what unpacking left behind goes away.
    await setImmediate();
    for (const trouble of troubles(input, mutated(input.bytes, random))) {
      const once = trouble.replaceAll(/\d+/g, '#');
      if (known.has(once)) continue;
      known.add(once);
      console.error(`${input.name}, run ${runs} of seed ${seed}: ${trouble}`);
    }
  }
  const megabytes = Math.round(process.memoryUsage().rss / 1e6);
  console.log(`${runs} captures of ${inputs.length} fixtures, ${known.size} troubles, ${megabytes} MB`);
  if (known.size > 0) process.exitCode = 1;
}

const [target = 'capture', seconds = '60', seed = '1'] = process.argv.slice(2);
const protocols = [...new Set(all.map(({ name }) => name.split(path.sep)[0] ?? ''))];
const inputs = target === 'capture' ? all : all.filter(({ name }) => name.startsWith(`${target}${path.sep}`));
if (target === 'contract') fuzzContract(Number(seconds), Number(seed));
else if (target === 'each') await fuzzEach([...protocols, 'contract', 'capture'], seconds, seed);
else if (inputs.length === 0) {
  console.error(`nothing called ${target} is fuzzed; there is: each, contract, capture, ${protocols.join(', ')}`);
  process.exitCode = 2;
} else await fuzzCapture(inputs, Number(seconds), Number(seed));
