/** What the hub remembers of a recording beside its entries: one small file in the recording's folder. */

import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { RecordingLimits, RecordingState, Repeat } from '@kubeshark/contract/recordings';
import { Manifest } from '@kubeshark/recording';
import { z } from 'zod';

const FILE = 'state.json';

export const State = z.object({
  id: z.string(),
  name: z.string(),
  notes: z.string().optional(),
  query: z.string(),
  /** What its maker may see, as KFL: nothing else is recorded, and only who may see the same is shown it. */
  scope: z.string().optional(),
  state: RecordingState,
  /** Whether packets of the wire are taken where they are kept. `withheld`: its maker wants them and may not. */
  packetsWanted: z.enum(['captured', 'rebuilt', 'withheld']).default('rebuilt'),
  limits: RecordingLimits,
  startAt: z.number().optional(),
  repeat: Repeat.optional(),
  startedAt: z.number().optional(),
  stoppedAt: z.number().optional(),
  reason: z.string().optional(),
  /** Microseconds; the folder is removed some time after. */
  deletedAt: z.number().optional(),
  /** What is missing, as it was noticed while recording. */
  gaps: z.array(z.string()),
  fileBytes: z.number().optional(),
  manifest: Manifest.optional(),
});
export type State = z.infer<typeof State>;

/** Undefined when there is none or it is damaged: then the folder is no recording of ours. */
export async function readState(directory: string): Promise<State | undefined> {
  try {
    return State.safeParse(JSON.parse(await readFile(path.join(directory, FILE), 'utf8'))).data;
  } catch {
    // Said by the caller, which knows what it was looking for.
    return undefined;
  }
}

/** Never seen half written, even after a crash. */
export async function writeState(directory: string, state: State): Promise<void> {
  const file = path.join(directory, FILE);
  await writeFile(`${file}.new`, JSON.stringify(state), { flush: true, mode: 0o600 });
  await rename(`${file}.new`, file);
}
