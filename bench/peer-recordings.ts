/** Captures of peers of networks and of services that call each other: recorded once from real servers and clients on loopback. */

import { chargeSubscribers } from '../packages/capture/fixtures/diameter/load.ts';
import { startDiameter } from '../packages/capture/fixtures/diameter/server.ts';
import { runShop } from '../packages/capture/fixtures/dubbo/shop.ts';
import { logPeopleIn } from '../packages/capture/fixtures/radius/load.ts';
import { startRadius } from '../packages/capture/fixtures/radius/server.ts';
import { recorded, repeated, withServer } from './recorded.ts';

/** Each is there twice: as it is asked, and as it is passed on. */
const CHARGES = 200_000;
/** The usual one, which tshark knows. */
export const DIAMETER_PORT = 3868;

export const diameterCharges = (): Promise<string> =>
  recorded('diameter-charges', async (record) => {
    await withServer(await startDiameter(DIAMETER_PORT), async () => {
      await record(DIAMETER_PORT);
      await chargeSubscribers(DIAMETER_PORT, CHARGES);
    });
  });

/** Its client takes its time: what it asks is told some times, each later. */
const REQUESTS = 100_000;
const TIMES = 6;
/** The usual ones, which tshark knows. */
export const RADIUS_PORTS = { port: 1812, accountingPort: 1813 };

export async function radiusSessions(): Promise<string> {
  const file = await recorded('radius-sessions', async (record) => {
    const server = await startRadius(RADIUS_PORTS);
    await withServer(server, async () => {
      await record(server.port, server.accountingPort);
      await logPeopleIn(server, REQUESTS);
    });
  });
  return repeated(file, TIMES);
}

const CALLS = 1_600_000;
const DUBBO_PORT = 20_880;

/** Needs Maven and a JDK. */
export const dubboOrders = (): Promise<string> =>
  recorded('dubbo-orders-long', async (record) => {
    await record(DUBBO_PORT);
    await runShop(DUBBO_PORT, DUBBO_PORT, CALLS);
  });
