/** The calls of a file of any kind: recording, capture or HAR. */

import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { KeyStore } from '@kubeshark/capture';
import type { Entry } from '@kubeshark/model';
import { type Manifest, RecordingError, readCalls, readPackets } from '@kubeshark/recording';
import { Failure } from './failure.ts';

const CHUNK_BYTES = 1024 * 1024;
const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a directory',
};

export interface CallsFile {
  /** `-` is standard input. */
  readonly path: string;
  /** A file that opens TLS: a key log, as SSLKEYLOGFILE makes it, or an RSA private key. */
  readonly keyFile?: string | undefined;
  /** Keeps only these. */
  readonly predicate?: (entry: Entry) => boolean;
  readonly onManifest?: (manifest: Manifest) => void;
  /** The file is read once more: what is wrong with it has been said. */
  readonly isSaid?: boolean;
}

const notReadable = (path: string, error: unknown): Failure => {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return new Failure('trouble', `Cannot read ${path}: ${reasons[code] ?? message}.`, { cause: error });
};

async function readKeys(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw notReadable(path, error);
  });
  const fault = new KeyStore().addFile(text);
  if (fault !== null) throw new Failure('usage', `No keys in ${path}: ${fault}.`);
  return text;
}

/** The packets of such a file as a capture, as far as they can be read. */
export async function* packetsOfFile(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* readPackets(createReadStream(path, { highWaterMark: CHUNK_BYTES }));
  } catch (error) {
    // Said when its calls were read.
    if (!(error instanceof RecordingError)) throw notReadable(path, error);
  }
}

/**
 * The calls that match, in batches. A file that breaks off gives what it has; that is said on standard error and the exit
 * code is 1. Throws a Failure when it cannot be read at all.
 */
export async function* callsOfFile(file: CallsFile): AsyncGenerator<readonly Entry[]> {
  const { path, keyFile, predicate = () => true, onManifest, isSaid = false } = file;
  const say = (text: string) => isSaid || process.stderr.write(`${path}: ${text}.\n`);
  const keys = keyFile === undefined ? undefined : await readKeys(keyFile);
  const chunks = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES });
  let read = 0;
  try {
    for await (const part of readCalls(chunks, { keys })) {
      if (part.kind === 'note') say(part.text);
      if (part.kind === 'manifest') onManifest?.(part.manifest);
      if (part.kind !== 'entries') continue;
      read += part.entries.length;
      const matching = part.entries.filter(predicate);
      if (matching.length > 0) yield matching;
    }
  } catch (error) {
    if (!(error instanceof RecordingError)) throw notReadable(path, error);
    if (read === 0) throw new Failure('trouble', `Cannot read ${path}: ${error.message}.`, { cause: error });
    say(error.message);
    process.exitCode = 1;
  }
}
