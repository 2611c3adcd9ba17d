/** Captures of queues: recorded once from real servers and clients on loopback and kept in .cache/bench. */

import path from 'node:path';
import { PLAIN_PORT as KAFKA_PORT, runJava, startBroker } from '../packages/capture/fixtures/kafka/broker.ts';
import { CURRENT } from '../packages/capture/fixtures/kafka/jars.ts';
import { sendReadings } from '../packages/capture/fixtures/mqtt/load.ts';
import { startMosquitto } from '../packages/capture/fixtures/mqtt/server.ts';
import { askPrices } from '../packages/capture/fixtures/nats/load.ts';
import { startNats } from '../packages/capture/fixtures/nats/server.ts';
import { sendMessages } from '../packages/capture/fixtures/rabbitmq/load.ts';
import { startRabbit } from '../packages/capture/fixtures/rabbitmq/server.ts';
import { sendOrders } from '../packages/capture/fixtures/stomp/load.ts';
import { startStomp } from '../packages/capture/fixtures/stomp/server.ts';
import { recorded, withServer } from './recorded.ts';

/** Published, confirmed, delivered and acknowledged, 300 bytes each. */
const MESSAGES = 160_000;
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
const ORDERS = 62_500;

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
const READINGS = 800_000;
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
const PRICES = 400_000;
const NATS_PORT = 15_675;

export const natsPrices = (): Promise<string> =>
  recorded('nats-prices', async (record) => {
    await withServer(await startNats(NATS_PORT), async () => {
      await record(NATS_PORT);
      await askPrices(NATS_PORT, PRICES);
    });
  });

/** Sent with a receipt, delivered and acknowledged, 270 bytes each. */
const STOMP_ORDERS = 160_000;
const STOMP_PORT = 15_680;

export const stompOrders = (): Promise<string> =>
  recorded('stomp-orders', async (record) => {
    await withServer(await startStomp(STOMP_PORT), async () => {
      await record(STOMP_PORT);
      await sendOrders(STOMP_PORT, STOMP_ORDERS);
    });
  });
