/** The agent as a process: settings from the environment, one source after the other, a graceful end. */

import { readFileSync } from 'node:fs';
import { pino } from 'pino';
import { readConfig } from './config.ts';
import { startHeartbeat } from './heartbeat.ts';
import { plannedSources } from './open-sources.ts';
import { run } from './run.ts';

// What the machine's process list, and our own map of it, call this.
process.title = 'kubeshark-agent';

const settings = readConfig(process.env);
if ('faults' in settings) {
  process.stderr.write(`Bad setting. ${settings.faults.join('; ')}\n`);
  process.exit(2);
}
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
// Logs go to stderr: stdout belongs to whoever started the agent.
const log = pino({ name: 'agent', level: settings.logLevel }, pino.destination({ dest: 2, sync: true }));

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());
// Started by `kubeshark serve`: without it nobody would stop the agent.
if (process.send !== undefined) process.on('disconnect', () => stop.abort());

const { heartbeatFile } = settings;
if (heartbeatFile !== undefined) startHeartbeat(heartbeatFile, (message) => log.warn(message));

for (const source of plannedSources(settings)) {
  if (stop.signal.aborted) break;
  const trouble = await run(source, {
    config: settings,
    version,
    log: { info: (message) => log.info(message), warn: (message) => log.warn(message) },
    signal: stop.signal,
  });
  if (trouble !== undefined) {
    process.stderr.write(`${trouble}\n`);
    process.exitCode = 1;
  }
}
// A parent's channel and idle sockets must not keep a finished agent alive.
process.exit();
