/** `kubeshark import`: opens a file in the browser application, beside the live traffic. */

import { openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { recordingEndpoints } from '@kubeshark/contract/recordings';
import type { Command } from 'commander';
import { Failure } from '../failure.ts';
import { LOCAL_HUB, requireHub } from '../find-hub.ts';
import { call } from '../hub-client.ts';
import { hubOption } from '../options.ts';
import { printable, writeLine } from '../output/stdout.ts';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
};

/** The file's bytes as they are asked for: it is never in memory. */
async function bytesOf(file: string): Promise<Blob> {
  try {
    if ((await stat(file)).isDirectory()) throw new Failure('trouble', `Cannot read ${file}: it is a directory.`);
    return await openAsBlob(file);
  } catch (error) {
    if (error instanceof Failure) throw error;
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new Failure('trouble', `Cannot read ${file}: ${reasons[code] ?? message}.`, { cause: error });
  }
}

async function importFile(file: string, { hub: asked }: { hub?: string }): Promise<void> {
  const body = await bytesOf(file);
  const { url: hub, isForwarded } = await requireHub(asked);
  const opened = await call(hub, recordingEndpoints.openFile, { query: { name: path.basename(file) }, body });
  if (opened.state === 'damaged') {
    process.stderr.write(`${file}: ${printable(opened.reason ?? 'damaged')}. What is before is open.\n`);
    process.exitCode = 1;
  }
  process.stderr.write(`Opened ${opened.entries} calls of ${file}.\n`);
  // The way of this command ends with it.
  if (isForwarded) process.stderr.write('kubeshark proxy brings the hub to this address:\n');
  await writeLine(new URL(`/traffic?s=${opened.id}`, isForwarded ? LOCAL_HUB : hub).href);
}

export function importCommand(program: Command): void {
  program
    .command('import')
    .description('open a recording, capture or HAR file in the browser, beside the live traffic; prints its address')
    .argument('<file>', 'traffic.tar, x.pcap, x.pcapng, x.har; captures also packed with gzip or zstd')
    .addOption(hubOption('the hub that shows it'))
    .addHelpText(
      'after',
      `
The hub forgets the file when it is closed, when it ends, and when four others have been opened after it.

Examples:
  kubeshark import traffic.tar
  kubeshark import --hub http://hub:8899 browser.har`,
    )
    .action(importFile);
}
