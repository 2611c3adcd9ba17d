/** Shows a supervisor that the agent's loop turns: a file that is written every few seconds (docs/configuration.md). */

import { writeFile } from 'node:fs/promises';

/** Often enough that three missed ones still fit into the minute after which a cluster restarts the agent. */
const BEAT_MILLIS = 5_000;

/** Beats until the answer is called. A file that cannot be written is told once. */
export function startHeartbeat(file: string, warn: (message: string) => void): () => void {
  let isTold = false;
  const beat = () =>
    writeFile(file, new Date().toISOString()).catch((error: Error) => {
      if (!isTold) warn(`cannot write the heartbeat: ${error.message}`);
      isTold = true;
    });
  void beat();
  const timer = setInterval(() => void beat(), BEAT_MILLIS);
  return () => clearInterval(timer);
}
