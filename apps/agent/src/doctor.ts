/** `kubeshark doctor` runs this as a process: what this machine can capture with these settings, as JSON on standard output. */

import { readConfig } from './config.ts';
import { examineHost } from './host/examine-host.ts';

const settings = readConfig(process.env);
if ('faults' in settings) {
  process.stderr.write(`Bad setting. ${settings.faults.join('; ')}\n`);
  process.exitCode = 2;
} else {
  process.stdout.write(`${JSON.stringify(await examineHost(settings))}\n`);
}
