import { expect, onTestFinished, test } from 'vitest';
import { mqttUser, publish, startMosquitto } from '../../../fixtures/mqtt/server.ts';
import { hasProgram } from '../../../fixtures/private-server.ts';
import { dissectAll } from '../../dissect/testing/conversation.ts';
import { Relay } from '../../dissect/testing/relay.ts';
import { mqtt } from './index.ts';

const isHere = hasProgram('mosquitto') && hasProgram('mosquitto_pub');

test.skipIf(!isHere).each([
  ['mqttv31', '3.1'],
  ['mqttv311', '3.1.1'],
  ['mqttv5', '5'],
])('a real Mosquitto (mosquitto, mosquitto-clients) in %s is understood', async (option, version) => {
  const broker = await startMosquitto();
  onTestFinished(() => broker[Symbol.asyncDispose]());
  const relay = await Relay.to(broker.port);
  for (const qos of [0, 1, 2]) {
    const sent = ['-i', `live-${qos}`, '-t', `sensors/${qos}`, '-q', String(qos), '-m', 'x'.repeat(3000)];
    await publish(relay.port, ['-V', option, ...sent]);
  }
  await relay.close();
  const found = relay.conversations.map((turns) => dissectAll(mqtt, turns));
  expect(found.map((list) => list.map(({ summary, status, error }) => [summary, status, error]))).toEqual(
    [0, 1, 2].map((qos) => [
      [`CONNECT live-${qos}`, 0, false],
      [`PUBLISH sensors/${qos}`, qos === 0 ? null : 0, false],
      ['DISCONNECT', null, false],
    ]),
  );
  for (const [, message] of found)
    expect(message).toMatchObject({ data: { mqtt: { version } }, request: { body: { size: 3000 } } });
  expect(JSON.stringify(found)).not.toContain(mqttUser.password);
});
