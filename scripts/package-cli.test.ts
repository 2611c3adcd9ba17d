/** The packaged command as people get it: one file in an empty folder, on this Node and on the oldest it promises. */

import { execFileSync, spawnSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openSealed, packRecording, RecordingFolder } from '@kubeshark/recording';
import { anHttpEntry } from '@kubeshark/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const directory = mkdtempSync(path.join(tmpdir(), 'kubeshark-package-'));
const command = path.join(directory, 'kubeshark.mjs');
const recording = path.join(directory, 'traffic.tar');

/** The Node of the system, where that is an older one. */
const older = ['/usr/bin/node', '/usr/local/bin/node'].find((file) =>
  /^v2[0-3]\./.test(spawnSync(file, ['--version'], { encoding: 'utf8' }).stdout ?? ''),
);

beforeAll(async () => {
  execFileSync(process.execPath, [path.join(import.meta.dirname, 'package-cli.ts'), command]);
  const head = { name: 'x', query: '', createdBy: 'test', startedAt: 0 };
  const folder = await RecordingFolder.create(path.join(directory, 'folder'), head);
  for (let second = 0; second < 3; second++) folder.add(anHttpEntry(second));
  await folder.seal({ stopReason: 'hand', stoppedAt: 0 });
  const { bytes } = packRecording(await openSealed(path.join(directory, 'folder')));
  await pipeline(Readable.from(bytes()), createWriteStream(recording));
}, 120_000);
afterAll(() => rmSync(directory, { recursive: true }));

const run = (node: string, ...words: string[]) =>
  spawnSync(node, [command, ...words], { cwd: directory, encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } });

describe.each([
  ['this Node', process.execPath],
  ['an older Node of the system', older],
])('the packaged command on %s', (_name, node) => {
  test.runIf(node !== undefined)('reads a recording, exports, checks queries, completes', () => {
    expect(run(node!, 'tap', '-r', recording).stdout.trim().split('\n')).toHaveLength(3);
    expect(run(node!, 'export', '-r', recording, '-f', 'csv', '-o', '-').stdout.trim().split('\r\n')).toHaveLength(4);
    expect(run(node!, 'kfl', 'check', 'http&&dns').stdout).toBe('http and dns\n');
    expect(run(node!, 'completion', 'fish').stdout).toContain('allow-writes');
    expect(run(node!, 'replay', recording, '-t', 'http://127.0.0.1:1', '--speed', 'max').status).toBe(1);
  });

  test.runIf(node !== undefined)('says what it cannot do alone', () => {
    expect(run(node!, 'serve')).toMatchObject({ status: 5, stderr: expect.stringContaining('the command by itself') });
  });
});
