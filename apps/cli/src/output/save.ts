/** Files this command writes: under another name until they are whole, so that nothing half written passes for a result. */

import { once } from 'node:events';
import { open, rename, rm } from 'node:fs/promises';
import { Failure } from '../failure.ts';
import { bytesText, Progress } from './progress.ts';

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EACCES: 'this user may not write there',
  ENOENT: 'there is no such directory',
  EISDIR: 'it is a directory',
};

interface Saving {
  /** `-` is standard output. */
  readonly path: string;
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly size?: number | undefined;
}

/** Writes all bytes and answers how many. A Failure leaves nothing behind. */
export async function saveFile({ path, bytes, size }: Saving): Promise<number> {
  const progress = new Progress();
  let written = 0;
  const note = (chunk: Uint8Array) => {
    written += chunk.length;
    progress.show(bytesText(written), size === undefined ? undefined : written / size);
  };
  if (path === '-') {
    for await (const chunk of bytes) {
      note(chunk);
      if (!process.stdout.write(chunk)) await once(process.stdout, 'drain');
    }
    progress.end();
    return written;
  }
  const part = `${path}.part`;
  try {
    const file = await open(part, 'w', 0o600).catch((error: unknown) => {
      throw whyNot(path, error);
    });
    try {
      for await (const chunk of bytes) {
        await file.appendFile(chunk).catch((error: unknown) => {
          throw whyNot(path, error);
        });
        note(chunk);
      }
    } finally {
      await file.close();
    }
    await rename(part, path).catch((error: unknown) => {
      throw whyNot(path, error);
    });
    return written;
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  } finally {
    progress.end();
  }
}

const whyNot = (path: string, error: unknown): Failure => {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return new Failure('trouble', `Cannot write ${path}: ${reasons[code] ?? message}.`, { cause: error });
};
