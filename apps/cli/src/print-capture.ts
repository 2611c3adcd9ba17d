/** The calls of a plain capture file as JSON lines: written out of the packets' bytes, no entry is made of them. */

import { open } from 'node:fs/promises';
import { isCapture, JsonWriter } from '@kubeshark/capture';
import type { Entry } from '@kubeshark/model';
import { type CaptureFile, readCapture, reportOutcome } from './capture-file.ts';

const MAGIC_BYTES = 4;

/** False for what is packed, something else than a capture, or not there: the reader of every kind of file says which. */
export async function isPlainCapture(path: string): Promise<boolean> {
  if (path === '-') return false;
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return false;
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(MAGIC_BYTES), 0, MAGIC_BYTES);
    return isCapture(buffer.subarray(0, bytesRead));
  } catch {
    // A directory, say: whoever reads it next says so.
    return false;
  } finally {
    await file.close();
  }
}

export interface JsonLines {
  /** Null where every call is printed. */
  readonly predicate: ((entry: Entry) => boolean) | null;
  readonly count: number;
}

export async function printCaptureAsJson(file: CaptureFile, { predicate, count }: JsonLines): Promise<void> {
  const json = new JsonWriter();
  let left = count;
  const outcome = await readCapture(file, {
    call(call) {
      if (left <= 0 || !(predicate === null || predicate(call.toEntry()))) return;
      left--;
      call.writeJson(json);
      json.raw('\n');
    },
    async afterChunk() {
      // The stream holds what it is given until it says so: no copy of it is made.
      if (json.length > 0) await new Promise((resolve) => process.stdout.write(json.written(), resolve));
      json.length = 0;
      return left > 0;
    },
  });
  if (reportOutcome(file.path, outcome)) process.exitCode = 1;
}
