import { expect, onTestFinished, test } from 'vitest';
import { hasProgram } from '../../../fixtures/private-server.ts';
import { typeStatements } from '../../../fixtures/tds/client.ts';
import { startTds, tdsUser } from '../../../fixtures/tds/server.ts';
import { dissectAll } from '../../dissect/testing/conversation.ts';
import { Relay } from '../../dissect/testing/relay.ts';
import { tds } from './index.ts';

/** A loaded machine starts a client in seconds. */
const PATIENCE = 60_000;

test.skipIf(!hasProgram('tsql'))(
  'a real client, FreeTDS (freetds-bin), is understood; the server is one by the specification',
  async () => {
    const server = await startTds();
    onTestFinished(() => server[Symbol.asyncDispose]());
    const relay = await Relay.to(server.port);
    await typeStatements(relay.port, tdsUser, ['SELECT id, item, note FROM orders', 'SELECT * FROM nowhere']);
    await relay.close();
    const found = dissectAll(tds, relay.conversations[0] ?? [], { serverPort: server.port });
    expect(found.map(({ endpoint, status }) => [endpoint, status])).toEqual([
      ['LOGIN', 0],
      ['SELECT orders', 0],
      ['SELECT nowhere', 208],
    ]);
    expect(found[0]?.data).toMatchObject({ tds: { user: tdsUser.name, database: 'shop', version: '7.4' } });
    expect(found.filter(({ anomalies }) => anomalies !== undefined)).toEqual([]);
    const hidden = [tdsUser.password, Buffer.from(tdsUser.password, 'utf16le').toString('latin1')];
    for (const text of hidden) expect(JSON.stringify(found)).not.toContain(text);
  },
  PATIENCE,
);
