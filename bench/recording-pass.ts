/**
 * One step of a recording's life in a process of its own, so that the most memory it had is the step's:
 * `node bench/recording-pass.ts STEP DIRECTORY CALLS`. Prints what it took as JSON.
 */

import { createReadStream, createWriteStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openSealed, packRecording, RecordingFolder, readRecording } from '../packages/recording/src/index.ts';
import { anHttpEntry, idAt, START_MICROS } from '../packages/testkit/src/index.ts';

/** As many as the hub gives to a recording at once. */
const CALLS_AT_ONCE = 200;
/** Bytes of each call's body that do not pack: with it a call is 18 kB in the file, entry and packets. */
const BODY_BYTES = 9_000;

let seed = 1;
function noise(): Buffer {
  const bytes = Buffer.alloc(BODY_BYTES);
  for (let at = 0; at < BODY_BYTES; at += 4) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    bytes.writeUInt32LE(seed, at);
  }
  return bytes;
}

function call(n: number) {
  const timestamp = START_MICROS + n * 1_000;
  return anHttpEntry(0, {
    id: idAt(timestamp),
    timestamp,
    response: {
      size: BODY_BYTES,
      status: 200,
      headers: { 'content-type': 'application/octet-stream' },
      body: { size: BODY_BYTES, base64: noise().toString('base64') },
    },
    connection: { id: `connection ${n % 50}`, transport: 'tcp', index: Math.floor(n / 50) },
  });
}

const head = { name: 'bench', query: '', createdBy: 'bench', startedAt: START_MICROS };

const steps: Readonly<Record<string, (directory: string, calls: number) => Promise<number>>> = {
  async record(directory, calls) {
    const folder = await RecordingFolder.create(directory, head);
    for (let n = 0; n < calls; n += CALLS_AT_ONCE) {
      for (let i = n; i < Math.min(calls, n + CALLS_AT_ONCE); i++) folder.add(call(i));
      await folder.flush();
    }
    await folder.release();
    return folder.entries;
  },
  async seal(directory) {
    const folder = await RecordingFolder.reopen(directory);
    return (await folder.seal({ stopReason: 'hand', stoppedAt: START_MICROS })).entries;
  },
  async pack(directory) {
    const { size, bytes } = packRecording(await openSealed(directory));
    await pipeline(bytes(), createWriteStream(path.join(directory, 'traffic.tar')));
    return size;
  },
  async read(directory) {
    let calls = 0;
    for await (const part of readRecording(createReadStream(path.join(directory, 'traffic.tar')))) {
      if (part.kind === 'entries') calls += part.entries.length;
    }
    return calls;
  },
};

const [step = '', directory = '', calls = '0'] = process.argv.slice(2);
const started = performance.now();
const result = await steps[step]?.(directory, Number(calls));
const seconds = (performance.now() - started) / 1000;
console.log(JSON.stringify({ result, seconds, megabytes: process.resourceUsage().maxRSS / 1024 }));
