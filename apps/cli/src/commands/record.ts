/** `kubeshark record`: calls as they happen into one file, of a hub or of this machine. */

import { rm } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { type RecordingInfo, recordingEndpoints } from '@kubeshark/contract/recordings';
import { type Manifest, openSealed, packRecording, RecordingFolder, type StopReason } from '@kubeshark/recording';
import type { Command } from 'commander';
import { captureHere } from '../capture-here.ts';
import { bpfHelp, type CaptureOptions, isOfThisMachine, packetCaptureOption } from '../capture-options.ts';
import { tapSettings } from '../config-file.ts';
import { Failure } from '../failure.ts';
import { hubElseHere } from '../find-hub.ts';
import { call, download } from '../hub-client.ts';
import { hubOption, namespaceOption, positive, setOption } from '../options.ts';
import { bytesText, Progress } from '../output/progress.ts';
import { saveFile } from '../output/save.ts';
import { compileQuery, inNamespaces } from '../query.ts';
import { narrowed } from '../tap-settings.ts';
import { readSpan } from '../time.ts';
import { version } from '../version.ts';

interface RecordOptions extends CaptureOptions {
  readonly namespace: readonly string[];
  readonly output: string;
  readonly duration?: number;
  readonly count?: number;
  readonly size?: number;
  readonly preRoll?: number;
  readonly hub?: string;
  readonly keep?: boolean;
  readonly rebuilt?: boolean;
  readonly set: Readonly<Record<string, string>>;
}

/** How often a hub is asked how far its recording is. */
const POLL_MILLIS = 500;
/** Entries are in the file at the latest after this. */
const FLUSH_MILLIS = 500;

/** Ends when Ctrl-C is pressed, which is how a recording without a limit is stopped. */
function untilStopped(): AbortSignal {
  const stopped = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort());
  return stopped.signal;
}

const spanText = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;

async function recordHub(hub: string, query: string, options: RecordOptions): Promise<void> {
  const { output, duration, count, size, preRoll = 0, keep, rebuilt } = options;
  const stopped = untilStopped();
  const limits = {
    ...(duration !== undefined && { seconds: duration }),
    ...(count !== undefined && { entries: count }),
    ...(size !== undefined && { bytes: size }),
  };
  const name = `kubeshark record ${new Date().toISOString().slice(0, 19)}`;
  let recording = await call(hub, recordingEndpoints.startRecording, {
    body: { name, query, limits, preRollSeconds: preRoll, packets: rebuilt ? 'rebuilt' : 'captured' },
  });
  const params = { id: recording.id };
  const progress = new Progress();
  const started = performance.now();
  while (recording.state === 'recording' && !stopped.aborted) {
    await setTimeout(POLL_MILLIS, undefined, { signal: stopped }).catch(() => undefined);
    recording = await find(hub, params.id);
    const seconds = (performance.now() - started) / 1000;
    const share = duration === undefined ? undefined : seconds / duration;
    progress.show(`${spanText(seconds)}  ${recording.entries} calls  ${bytesText(recording.bytes)}`, share);
  }
  progress.end();
  if (recording.state === 'recording') recording = await call(hub, recordingEndpoints.stopRecording, { params });
  while (recording.state === 'sealing') {
    await setTimeout(POLL_MILLIS);
    recording = await find(hub, params.id);
  }
  if (recording.state !== 'done')
    throw new Failure('trouble', `The hub could not end the recording: ${recording.reason ?? 'its log says why'}.`);
  const written = await saveFile({
    path: output,
    ...(await download(hub, recordingEndpoints.downloadRecording, { params })),
  });
  if (!keep) await call(hub, recordingEndpoints.deleteRecording, { params });
  summary(output, written, recording);
}

async function find(hub: string, id: string): Promise<RecordingInfo> {
  const { recordings } = await call(hub, recordingEndpoints.recordings);
  const found = recordings.find((recording) => recording.id === id);
  if (found === undefined) throw new Failure('trouble', 'Somebody deleted the recording while it ran.');
  return found;
}

async function recordHere(query: string, options: RecordOptions): Promise<void> {
  const { output, duration, count = Number.POSITIVE_INFINITY, size = Number.POSITIVE_INFINITY } = options;
  const { predicate } = compileQuery(query);
  const directory = `${output}.recording`;
  const now = () => Date.now() * 1000;
  const folder = await RecordingFolder.create(directory, {
    name: output,
    query,
    createdBy: `kubeshark ${version}`,
    startedAt: now(),
  }).catch((error: unknown) => {
    throw new Failure('trouble', `Cannot record into ${directory}: ${(error as Error).message}.`, { cause: error });
  });
  let reason: StopReason = 'hand';
  const ended = new AbortController();
  const end = (why: StopReason) => {
    reason = why;
    ended.abort();
  };
  const timer = duration === undefined ? undefined : globalThis.setTimeout(() => end('time'), duration * 1000);
  const progress = new Progress();
  const started = performance.now();
  const flushing = setInterval(() => {
    void folder.flush().catch(() => end('interrupted'));
    if (folder.bytes >= size) end('size');
    progress.show(
      `${spanText((performance.now() - started) / 1000)}  ${folder.entries} calls  ${bytesText(folder.bytes)}`,
    );
  }, FLUSH_MILLIS);
  try {
    await captureHere({ ...options, signal: ended.signal }, (entry) => {
      if (predicate(entry) && folder.entries < count) folder.add(entry);
      if (folder.entries >= count) reason = 'count';
      return folder.entries < count;
    });
  } finally {
    clearTimeout(timer);
    clearInterval(flushing);
    progress.end();
  }
  const manifest = await sealed(folder, reason, now());
  const file = packRecording(await openSealed(directory));
  const written = await saveFile({ path: output, size: file.size, bytes: file.bytes() });
  await rm(directory, { recursive: true });
  summary(output, written, manifest);
  if (manifest.stopReason === 'interrupted') process.exitCode = 1;
}

/** What is whole of a recording that could not be written to its end is a recording too. */
async function sealed(folder: RecordingFolder, stopReason: StopReason, stoppedAt: number): Promise<Manifest> {
  try {
    return await folder.seal({ stopReason, stoppedAt });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'ENOSPC' ? 'the disk is full' : message;
    try {
      await folder.release().catch(() => undefined);
      const again = await RecordingFolder.reopen(folder.directory);
      again.summary.gap(`recording broke off: ${why}`);
      return await again.seal({ stopReason: 'interrupted', stoppedAt });
    } catch (second) {
      const left = `What was recorded until then is in ${folder.directory}.`;
      throw new Failure('trouble', `The recording cannot be ended: ${why}. ${left}`, { cause: second });
    }
  }
}

function summary(output: string, written: number, { entries, gaps, packets }: Summed): void {
  process.stderr.write(`Wrote ${output}: ${entries} ${entries === 1 ? 'call' : 'calls'}, ${bytesText(written)}.\n`);
  if (packets?.origin === 'captured')
    process.stderr.write('It holds packets of the wire: nothing in them is redacted.\n');
  for (const reason of packets?.reasons ?? []) process.stderr.write(`Packets are rebuilt: ${reason}.\n`);
  for (const gap of gaps) process.stderr.write(`Not complete: ${gap}.\n`);
}

interface Summed extends Pick<Manifest, 'entries' | 'gaps'> {
  readonly packets?: { readonly origin: string; readonly reasons?: readonly string[] | undefined } | undefined;
}

/** Also `tap --set tap.record=true`. */
export async function record(words: readonly string[], options: RecordOptions): Promise<void> {
  const settings = await tapSettings(options.set);
  const query = narrowed(inNamespaces(words.join(' '), options.namespace), settings);
  compileQuery(query);
  const hub = isOfThisMachine(options) ? undefined : await hubElseHere(options.hub);
  if (hub !== undefined) return recordHub(hub.url, query, options);
  return recordHere(query, { ...options, settings });
}

const megabytes = (text: string): number => positive(text) * 1_000_000;

export function recordCommand(program: Command): void {
  program
    .command('record')
    .description('record calls into a file until Ctrl-C or a limit: of a hub, where there is one, else of this machine')
    .argument('[query...]', 'KFL query: http and dst.name == "cart"')
    .option('-o, --output <file>', 'where to', 'traffic.tar')
    .option('-d, --duration <time>', 'end after 30s, 5m, 2h', readSpan)
    .option('-c, --count <number>', 'end after so many calls', positive)
    .option('--size <megabytes>', 'end at this size of packed calls', megabytes)
    .option('--pre-roll <time>', 'with the calls of so long before; of a hub only', readSpan)
    .addOption(namespaceOption())
    .addOption(hubOption('record what a hub sees'))
    .option(
      '--rebuilt',
      'packets made again from the calls, without what is redacted, though those of the wire are kept',
    )
    .option('--keep', 'leave the recording on the hub too')
    .option('-i, --interface <names>', 'capture on these interfaces of this machine, separated by commas')
    .addOption(packetCaptureOption())
    .option('--bpf <filter>', bpfHelp)
    .addOption(setOption())
    .addHelpText(
      'after',
      `
Examples:
  kubeshark record -o checkout.tar
  kubeshark record -n shop --duration 5m 'http and dst.name == "cart"'
  kubeshark replay checkout.tar --target http://staging:8080`,
    )
    .action(record);
}
