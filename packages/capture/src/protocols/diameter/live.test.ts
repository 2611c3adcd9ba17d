import { expect, onTestFinished, test } from 'vitest';
import { intAvp, Peer, textAvp } from '../../../fixtures/diameter/peer.ts';
import { capabilities, origin, realm, startDiameter } from '../../../fixtures/diameter/server.ts';
import { hasProgram } from '../../../fixtures/private-server.ts';
import { dissectAll } from '../../dissect/testing/conversation.ts';
import { Relay } from '../../dissect/testing/relay.ts';
import { diameter } from './index.ts';

/** A loaded machine starts a server in seconds. */
const PATIENCE = 120_000;

test.skipIf(!hasProgram('freeDiameterd'))(
  'a real freeDiameter (freediameterd, freediameter-extensions) is understood',
  async () => {
    const server = await startDiameter();
    onTestFinished(() => server[Symbol.asyncDispose]());
    const relay = await Relay.to(server.port);
    const peer = await Peer.to(relay.port);
    await peer.ask({ command: 257, id: 1, flags: 0x80 }, capabilities);
    await peer.ask({ command: 280, id: 2, flags: 0x80 }, origin);
    await peer.ask({ command: 272, application: 4, id: 3 }, [
      textAvp(263, `pcef.${realm};1;1`),
      ...origin,
      textAvp(283, realm),
      intAvp(258, 4),
      textAvp(461, 'shop@example'),
      intAvp(416, 1),
      intAvp(415, 0),
    ]);
    await peer.ask({ command: 282, id: 4, flags: 0x80 }, [...origin, intAvp(273, 0)]);
    await peer.end();
    await relay.close();
    const found = dissectAll(diameter, relay.conversations[0] ?? [], { serverPort: server.port });
    expect(found.filter(({ request }) => request !== null).map(({ method, status }) => [method, status])).toEqual([
      ['Capabilities-Exchange', 0],
      ['Device-Watchdog', 0],
      ['Credit-Control', 3002],
      ['Disconnect-Peer', 0],
    ]);
    expect(found.filter(({ anomalies }) => anomalies !== undefined)).toEqual([]);
  },
  PATIENCE,
);
