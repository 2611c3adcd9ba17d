/** What an agent says on its link, for tests. */

import { zstdCompressSync } from 'node:zlib';
import { type HubMessage, LINK_VERSION } from '@kubeshark/contract';
import { Packr } from 'msgpackr';
import { TestSocket } from './socket.ts';

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

/** An agent that was greeted. */
export async function connectAgent(
  hub: string,
  overrides: object = {},
): Promise<{ readonly agent: TestSocket; readonly number: number }> {
  const agent = await TestSocket.open(`${hub}/api/agent`);
  agent.send(hello(overrides));
  const message = await agent.next<HubMessage>(({ type }) => type === 'welcome');
  return { agent, number: message.type === 'welcome' ? message.agentNumber : -1 };
}
