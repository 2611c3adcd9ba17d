/** Captures of queues, caches and directories: recorded once from real servers and clients on loopback and kept in .cache/bench. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { runStatements } from '../packages/capture/fixtures/cassandra/load.ts';
import { startCassandra } from '../packages/capture/fixtures/cassandra/server.ts';
import { PLAIN_PORT as KAFKA_PORT, runJava, startBroker } from '../packages/capture/fixtures/kafka/broker.ts';
import { CURRENT } from '../packages/capture/fixtures/kafka/jars.ts';
import { lookPeopleUp } from '../packages/capture/fixtures/ldap/load.ts';
import { startLdap } from '../packages/capture/fixtures/ldap/server.ts';
import { lookUpProducts } from '../packages/capture/fixtures/memcached/load.ts';
import { startMemcached } from '../packages/capture/fixtures/memcached/server.ts';
import { sendReadings } from '../packages/capture/fixtures/mqtt/load.ts';
import { startMosquitto } from '../packages/capture/fixtures/mqtt/server.ts';
import { askPrices } from '../packages/capture/fixtures/nats/load.ts';
import { startNats } from '../packages/capture/fixtures/nats/server.ts';
import { sendMessages } from '../packages/capture/fixtures/rabbitmq/load.ts';
import { startRabbit } from '../packages/capture/fixtures/rabbitmq/server.ts';
import { askShop, startShop, type Wire } from '../packages/capture/fixtures/thrift/shop.ts';

const folder = path.resolve(import.meta.dirname, '../.cache/bench');

/** Records what `talk` says to a port, unless that has been done before. */
async function recorded(
  name: string,
  talk: (record: (port: number) => Promise<void>) => Promise<void>,
): Promise<string> {
  const file = path.join(folder, `${name}.pcap`);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const partial = `${file}.partial`;
  let tcpdump: ChildProcess | undefined;
  await talk(async (port) => {
    const args = ['-i', 'lo', '-B', '65536', '-Z', 'root', '-w', partial, `port ${port}`];
    tcpdump = spawn('tcpdump', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    if (tcpdump.stderr !== null) await once(tcpdump.stderr, 'data');
  });
  await wait(1500);
  tcpdump?.kill('SIGINT');
  if (tcpdump !== undefined) await once(tcpdump, 'exit');
  renameSync(partial, file);
  console.log(`recorded ${path.basename(file)}: ${Math.round(statSync(file).size / 1e6)} MB`);
  return file;
}

/** Ends the server when all is said. */
async function withServer(server: AsyncDisposable, talk: () => Promise<void>): Promise<void> {
  try {
    await talk();
  } finally {
    await server[Symbol.asyncDispose]();
  }
}

/** Published, confirmed, delivered and acknowledged, 300 bytes each. */
const MESSAGES = 48_000;
/** tshark is told to read AMQP here. */
export const RABBIT_PORT = 15_673;

export const rabbitMessages = (): Promise<string> =>
  recorded('rabbitmq-messages', async (record) => {
    const rabbit = await startRabbit({ port: RABBIT_PORT });
    try {
      await record(RABBIT_PORT);
      await sendMessages(RABBIT_PORT, MESSAGES);
    } finally {
      await rabbit[Symbol.asyncDispose]();
    }
  });

/** Orders sent by each of four producers, one a request. */
const ORDERS = 15_000;

/** tshark is told to read Kafka here. */
export { KAFKA_PORT };

/** Producers that wait for each answer and a consumer that follows them in a group; needs Maven and a JDK. */
export const kafkaOrders = (): Promise<string> =>
  recorded('kafka-orders', async (record) => {
    const broker = await startBroker(CURRENT);
    try {
      await record(KAFKA_PORT);
      const load = path.join(import.meta.dirname, 'KafkaLoad.java');
      await runJava(load, CURRENT, [`127.0.0.1:${KAFKA_PORT}`, String(ORDERS)]);
    } finally {
      await broker.stop();
    }
  });

/** 40 bytes each, from sensor to broker and from broker to reader. */
const READINGS = 400_000;
/** tshark is told to read MQTT here. */
export const MQTT_PORT = 15_674;

export const mqttReadings = (): Promise<string> =>
  recorded('mqtt-readings', async (record) => {
    const broker = await startMosquitto(MQTT_PORT);
    try {
      await record(MQTT_PORT);
      await sendReadings(MQTT_PORT, READINGS);
    } finally {
      await broker[Symbol.asyncDispose]();
    }
  });

/** Requests, each with an answer and a message beside it. */
const PRICES = 40_000;
const NATS_PORT = 15_675;

export const natsPrices = (): Promise<string> =>
  recorded('nats-prices', async (record) => {
    await withServer(await startNats(NATS_PORT), async () => {
      await record(NATS_PORT);
      await askPrices(NATS_PORT, PRICES);
    });
  });

const PRODUCTS = 140_000;
/** tshark is told to read memcached here. */
export const MEMCACHED_PORT = 15_676;

export const memcachedProducts = (): Promise<string> =>
  recorded('memcached-products', async (record) => {
    await withServer(await startMemcached(MEMCACHED_PORT), async () => {
      await record(MEMCACHED_PORT);
      await lookUpProducts(MEMCACHED_PORT, PRODUCTS);
    });
  });

const PEOPLE = 100_000;
/** tshark is told to read LDAP here. */
export const LDAP_PORT = 15_677;

export const ldapPeople = (): Promise<string> =>
  recorded('ldap-people', async (record) => {
    await withServer(await startLdap(LDAP_PORT), async () => {
      await record(LDAP_PORT);
      await lookPeopleUp(LDAP_PORT, PEOPLE);
    });
  });

const STATEMENTS = 100_000;
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

const ORDERS_ASKED = 120_000;
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
