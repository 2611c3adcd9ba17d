/** Captures of caches, directories and calls between services: recorded once from real servers and clients on loopback. */

import { runStatements } from '../packages/capture/fixtures/cassandra/load.ts';
import { startCassandra } from '../packages/capture/fixtures/cassandra/server.ts';
import { lookPeopleUp } from '../packages/capture/fixtures/ldap/load.ts';
import { startLdap } from '../packages/capture/fixtures/ldap/server.ts';
import { lookUpProducts } from '../packages/capture/fixtures/memcached/load.ts';
import { startMemcached } from '../packages/capture/fixtures/memcached/server.ts';
import { runRedisBenchmark } from '../packages/capture/fixtures/redis/load.ts';
import { startRedis } from '../packages/capture/fixtures/redis/server.ts';
import { askShop, startShop, type Wire } from '../packages/capture/fixtures/thrift/shop.ts';
import { recorded, withServer } from './recorded.ts';

/** Above two million packets. */
const COMMANDS = 1_050_000;
/** tshark is told to read RESP here. */
export const REDIS_PORT = 15_680;

export const redisCommands = (): Promise<string> =>
  recorded('redis-commands', async (record) => {
    await withServer(await startRedis([], REDIS_PORT), async () => {
      await record(REDIS_PORT);
      await runRedisBenchmark(REDIS_PORT, COMMANDS);
    });
  });

const PRODUCTS = 1_000_000;
/** tshark is told to read memcached here. */
export const MEMCACHED_PORT = 15_676;

export const memcachedProducts = (): Promise<string> =>
  recorded('memcached-products', async (record) => {
    await withServer(await startMemcached(MEMCACHED_PORT), async () => {
      await record(MEMCACHED_PORT);
      await lookUpProducts(MEMCACHED_PORT, PRODUCTS);
    });
  });

const PEOPLE = 600_000;
/** tshark is told to read LDAP here. */
export const LDAP_PORT = 15_677;

export const ldapPeople = (): Promise<string> =>
  recorded('ldap-people', async (record) => {
    await withServer(await startLdap(LDAP_PORT), async () => {
      await record(LDAP_PORT);
      await lookPeopleUp(LDAP_PORT, PEOPLE);
    });
  });

const STATEMENTS = 1_000_000;
/** tshark is told to read CQL here. */
export const CASSANDRA_PORT = 15_678;

/** Needs Maven and a JDK. */
export const cassandraStatements = (): Promise<string> =>
  recorded('cassandra-statements', async (record) => {
    await withServer(await startCassandra(CASSANDRA_PORT), async () => {
      await record(CASSANDRA_PORT);
      await runStatements(CASSANDRA_PORT, STATEMENTS);
    });
  });

const ORDERS_ASKED = 1_000_000;
const CLIENTS = 8;
/** tshark is told to read Thrift here. */
export const THRIFT_PORT = 15_679;

export const thriftOrders = (): Promise<string> =>
  recorded('thrift-orders', async (record) => {
    const wire: Wire = { encoding: 'binary', transport: 'framed' };
    const shop = await startShop(wire, THRIFT_PORT);
    await record(shop.port);
    await Promise.all(Array.from({ length: CLIENTS }, () => askShop(shop.port, wire, ORDERS_ASKED / CLIENTS)));
    shop.close();
  });
