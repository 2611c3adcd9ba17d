import { expect, test } from 'vitest';
import { runShop } from '../../../fixtures/dubbo/shop.ts';
import { whyNoJvmTests } from '../../../fixtures/maven.ts';
import { freePort } from '../../../fixtures/private-server.ts';
import { dissectAll } from '../../dissect/testing/conversation.ts';
import { Relay } from '../../dissect/testing/relay.ts';
import { dubbo } from './index.ts';

/** Jars are downloaded the first time. */
const PATIENCE = 600_000;

test.skipIf(whyNoJvmTests !== undefined)(
  `a real Dubbo is understood (${whyNoJvmTests ?? 'service and client from its jars'})`,
  async () => {
    const port = await freePort();
    const relay = await Relay.to(port);
    await runShop(port, relay.port);
    await relay.close();
    const found = relay.conversations.flatMap((turns) => dissectAll(dubbo, turns, { serverPort: port }));
    expect(found.map(({ method, status }) => [method, status])).toEqual([
      ['get', 0],
      ['place', 0],
      ['ship', 0],
      ['label', 0],
      ['find', 0],
      ['fail', 'exception'],
      ['log', null],
      ['get', 0],
    ]);
    expect(found.filter(({ anomalies }) => anomalies !== undefined)).toEqual([]);
    expect(JSON.stringify(found)).not.toContain('t0ken-of-the-shop');
  },
  PATIENCE,
);
