import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { KeyFiles } from './key-files.ts';

const line = (octet: string) => `CLIENT_RANDOM ${octet.repeat(32)} ${'00'.repeat(48)}\n`;
const random = (octet: number) => new Uint8Array(32).fill(octet);

function open(paths: (folder: string) => readonly string[]) {
  const folder = mkdtempSync(path.join(tmpdir(), 'kubeshark-keys-'));
  const warnings: string[] = [];
  const files = new KeyFiles(paths(folder), { warn: (message) => warnings.push(message) });
  onTestFinished(() => {
    files.close();
    rmSync(folder, { recursive: true });
  });
  return { folder, files, warnings };
}

test('a key log is followed as it grows, also in the middle of a line', () => {
  const { folder, files, warnings } = open((at) => [path.join(at, 'keys.log')]);
  const file = path.join(folder, 'keys.log');
  expect(warnings).toHaveLength(1);
  writeFileSync(file, line('01') + line('02').slice(0, 20));
  files.poll();
  appendFileSync(file, line('02').slice(20));
  files.poll();
  const known = [1, 2, 3].map((octet) => files.keys.secretsOf(random(octet)) !== undefined);
  expect(known).toEqual([true, true, false]);
  files.poll();
  expect(warnings).toHaveLength(1);
});

test('without files nothing waits for keys', () => {
  expect(open(() => []).files.keys.mayHaveKeys).toBe(false);
});

test('a broken private key is named once', () => {
  const { folder, files, warnings } = open((at) => [path.join(at, 'key.pem')]);
  writeFileSync(path.join(folder, 'key.pem'), '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n');
  files.poll();
  files.poll();
  expect(warnings.filter((warning) => warning.includes('private key cannot be read'))).toHaveLength(1);
});
