/** What an agent says on its link, for tests. */

import { zstdCompressSync } from 'node:zlib';
import { LINK_VERSION } from '@kubeshark/contract';
import { Packr } from 'msgpackr';

export const hello = (overrides: object = {}) => ({
  type: 'hello',
  linkVersion: LINK_VERSION,
  version: '0.0.0-test',
  node: 'node-1',
  instance: 'instance-1',
  source: { kind: 'live', name: 'any' },
  ...overrides,
});

export function frameOf(sequence: number, values: unknown): Buffer {
  const head = Buffer.alloc(8);
  head.writeBigUInt64BE(BigInt(sequence));
  return Buffer.concat([head, zstdCompressSync(new Packr({ useRecords: true }).pack(values))]);
}
