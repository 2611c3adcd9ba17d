import { AgentMessage, type HubMessage } from '@kubeshark/contract';
import { anHttpEntry, idAt, START_MICROS } from '@kubeshark/testkit';
import { expect, test, vi } from 'vitest';
import { frameOf, hello } from '../../testing/agent.ts';
import { startHub } from '../../testing/hub.ts';
import { TestSocket } from '../../testing/socket.ts';

const entries = (first: number, count: number) =>
  Array.from({ length: count }, (_, n) => anHttpEntry(0, { id: idAt(START_MICROS + first + n) }));
const isAck = (message: HubMessage) => message.type === 'ack';

test('a batch is acknowledged after it is stored, and sent again makes no duplicate', async () => {
  const hub = await startHub();
  const agent = await TestSocket.open(`${hub.url}/api/agent`);
  agent.send(hello());
  expect(await agent.next<HubMessage>()).toMatchObject({ type: 'welcome' });
  agent.ws.send(frameOf(1, entries(0, 3)));
  agent.ws.send(frameOf(2, entries(3, 2)));
  expect(await agent.next<HubMessage>(isAck)).toEqual({ type: 'ack', seq: 1 });
  expect(await agent.next<HubMessage>(isAck)).toEqual({ type: 'ack', seq: 2 });
  await agent.close();
  expect((await hub.services.store.stats()).entries).toBe(5);

  const again = await TestSocket.open(`${hub.url}/api/agent`);
  again.send(hello());
  expect(await again.next<HubMessage>()).toMatchObject({ type: 'welcome' });
  expect(await again.next<HubMessage>()).toEqual({ type: 'ack', seq: 2 });
  again.ws.send(frameOf(2, entries(3, 2)));
  again.ws.send(frameOf(3, entries(4, 2)));
  await again.next<HubMessage>((message) => message.type === 'ack' && message.seq === 3);
  expect((await hub.services.store.stats()).entries).toBe(6);
});

test('the node keeps its number over restarts of the agent; another node gets another', async () => {
  const hub = await startHub();
  const numberOf = async (overrides: object) => {
    const agent = await TestSocket.open(`${hub.url}/api/agent`);
    agent.send(hello(overrides));
    const message = await agent.next<HubMessage>();
    await agent.close();
    return message.type === 'welcome' ? message.agentNumber : undefined;
  };
  const first = await numberOf({ instance: 'a' });
  expect(await numberOf({ instance: 'b', node: 'node-2' })).not.toBe(first);
  await vi.waitFor(async () => expect(await numberOf({ instance: 'c' })).toBe(first));
});

test('a second agent of a node is turned away until the first has gone; a file is no second agent', async () => {
  const hub = await startHub();
  const greet = async (overrides: object) => {
    const agent = await TestSocket.open(`${hub.url}/api/agent`);
    agent.send(hello(overrides));
    return { agent, answer: await agent.next<HubMessage>() };
  };
  const first = await greet({ instance: 'a' });
  expect(first.answer).toMatchObject({ type: 'welcome' });
  const second = await greet({ instance: 'b' });
  expect(second.answer).toMatchObject({ type: 'error', code: 'KS_NODE_TAKEN' });
  await second.agent.closed();
  expect(hub.services.agents.turnedAway(Date.now() * 1000)).toEqual(['node-1']);
  expect((await greet({ instance: 'f', source: { kind: 'file', name: 'x.pcap' } })).answer).toMatchObject({
    type: 'welcome',
  });
  // The same agent on another connection is the same agent, also when the one before ends only then.
  const again = await greet({ instance: 'a' });
  expect(again.answer).toMatchObject({ type: 'welcome' });
  await first.agent.close();
  again.agent.ws.send(frameOf(1, entries(0, 1)));
  await again.agent.next<HubMessage>(isAck);
  expect((await greet({ instance: 'b' })).answer).toMatchObject({ code: 'KS_NODE_TAKEN' });
  await again.agent.close();
  await vi.waitFor(async () => expect((await greet({ instance: 'b' })).answer).toMatchObject({ type: 'welcome' }));
});

test('an agent that has not been heard of for long does not keep its node', async () => {
  const hub = await startHub();
  const { agents } = hub.services;
  const greeting = (instance: string) => AgentMessage.parse(hello({ instance }));
  const enter = async (instance: string, second: number) => {
    const message = greeting(instance);
    return message.type === 'hello' ? await agents.enter(message, second * 1e6) : undefined;
  };
  expect(await enter('a', 0)).toMatchObject({ instance: 'a' });
  expect(await enter('b', 14)).toBeUndefined();
  expect(await enter('b', 16)).toMatchObject({ instance: 'b' });
  expect(await enter('a', 17), 'nor does it take it back').toBeUndefined();
});

test.each([
  ['a wrong token', hello({ token: 'guess' }), 'KS_AGENT_REFUSED'],
  ['no token', hello(), 'KS_AGENT_REFUSED'],
  ['another version of the link', hello({ linkVersion: 99, token: 'secret' }), 'KS_PROTOCOL_VERSION'],
  ['a message that is not in the contract', { type: 'dance' }, 'KS_BAD_MESSAGE'],
])('%s is refused by code and the link closed', async (_name, message, code) => {
  const hub = await startHub({ agentToken: 'secret' });
  const agent = await TestSocket.open(`${hub.url}/api/agent`);
  agent.send(message);
  expect(await agent.next<HubMessage>()).toMatchObject({ type: 'error', code });
  await agent.closed();
});

test('a batch before the greeting is refused', async () => {
  const hub = await startHub();
  const agent = await TestSocket.open(`${hub.url}/api/agent`);
  agent.ws.send(frameOf(1, entries(0, 1)));
  expect(await agent.next<HubMessage>()).toMatchObject({ type: 'error', code: 'KS_AGENT_REFUSED' });
  expect((await hub.services.store.stats()).entries).toBe(0);
});

test('a malformed batch is refused by sequence and counted; the next one is taken', async () => {
  const hub = await startHub();
  const agent = await TestSocket.open(`${hub.url}/api/agent`);
  agent.send(hello());
  await agent.next();
  agent.ws.send(frameOf(1, 'nonsense'));
  agent.ws.send(frameOf(2, [...entries(0, 1), { id: 'x' }]));
  expect(await agent.next<HubMessage>()).toMatchObject({ type: 'refused', seq: 1, code: 'KS_BAD_BATCH' });
  expect(await agent.next<HubMessage>()).toEqual({ type: 'ack', seq: 2 });
  expect(hub.services.ingest.health).toMatchObject({
    stored: 1,
    refused: { 'batch: not a list of entries': 1, 'bad id': 1 },
  });
});
