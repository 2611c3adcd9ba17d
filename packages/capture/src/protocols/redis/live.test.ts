import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { hasProgram } from '../../../fixtures/private-server.ts';
import { ask, redisPassword, startRedis } from '../../../fixtures/redis/server.ts';
import { dissectAll, type Turn } from '../../dissect/testing/conversation.ts';
import { Relay } from '../../dissect/testing/relay.ts';
import { redis } from './index.ts';

/** A loaded machine starts a server in seconds. */
const PATIENCE = 120_000;
const login = ['-a', redisPassword];

/** A real client types lines, each after the answer to the one before. */
async function type(port: number, lines: readonly string[], options: readonly string[] = []): Promise<void> {
  const client = spawn('redis-cli', ['-p', String(port), ...options], { stdio: ['pipe', 'ignore', 'ignore'] });
  client.stdin.end(`${lines.join('\n')}\n`);
  await once(client, 'exit');
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await wait(20);
}

const callsOf = (conversation: readonly Turn[] | undefined) =>
  dissectAll(redis, conversation ?? []).map(({ summary, status, data, request, anomalies }) => ({
    summary,
    status,
    isAsked: request !== null,
    redis: data?.['redis'] ?? {},
    anomalies,
  }));

test.skipIf(!hasProgram('redis-server'))(
  'a real Redis (redis-server), redis-cli and a replica are understood',
  async () => {
    const server = await startRedis(['--requirepass', redisPassword]);
    onTestFinished(() => server[Symbol.asyncDispose]());
    const relay = await Relay.to(server.port);
    const asks = (...words: string[]) => ask(server.port, ...login, ...words);
    await type(
      relay.port,
      [
        'HELLO 3',
        'SET cart:7 full',
        'GET cart:7',
        'GET cart:8',
        'HSET user:1 name ann',
        'HGETALL user:1',
        'LPUSH cart:7 x',
        'MULTI',
        'INCR visits',
        'LPUSH cart:7 x',
        'EXEC',
        'CONFIG GET requirepass',
        'BLPOP empty 0.01',
      ],
      login,
    );

    // MONITOR and subscriptions are listened to until they have heard something, and then broken off.
    for (const [words, begun, speak, told] of [
      [['MONITOR'], /\+OK.*\+OK/s, () => asks('SET', 'seen', '1'), /"seen"/],
      [['SSUBSCRIBE', 'news'], /ssubscribe/, () => asks('SPUBLISH', 'news', 'hello'), /hello/],
    ] as const) {
      const before = relay.conversations.length;
      const client = spawn('redis-cli', ['-p', String(relay.port), ...login, ...words], { stdio: 'ignore' });
      const hears = (text: RegExp) =>
        text.test(Buffer.concat((relay.conversations[before] ?? []).map(({ bytes }) => bytes)).toString('latin1'));
      await until(() => hears(begun));
      speak();
      await until(() => hears(told));
      client.kill();
      await once(client, 'exit');
    }

    const replica = await startRedis(['--replicaof', `127.0.0.1 ${relay.port}`, '--masterauth', redisPassword]);
    await until(() => ask(replica.port, 'INFO', 'replication').includes('master_link_status:up'));
    asks('SET', 'handed', 'over');
    await until(() => ask(replica.port, 'GET', 'handed') === 'over');
    await replica[Symbol.asyncDispose]();
    await relay.close();

    const [typed = [], monitored = [], subscribed = [], replicated = []] = relay.conversations.map(callsOf);
    const find = (summary: string) => typed.find((call) => call.summary === summary);
    expect(find('GET cart:7')?.redis).toMatchObject({ hit: true, response: 'full' });
    expect(find('GET cart:8')?.redis).toMatchObject({ hit: false, response: null });
    expect(find('HGETALL user:1')?.redis).toMatchObject({ response: { name: 'ann' } });
    expect(find('EXEC')?.status).toBe('WRONGTYPE');
    expect(find('BLPOP empty 0.01')?.redis).toMatchObject({ response: null });
    expect(monitored.some(({ summary, isAsked }) => !isAsked && summary.endsWith('"SET" "seen" "1"'))).toBe(true);
    expect(subscribed.map(({ summary }) => summary)).toContain('smessage news hello');
    expect(replicated.map(({ summary }) => summary)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^PSYNC /), 'SET handed over']),
    );
    const all = [typed, monitored, subscribed, replicated];
    expect(all.flat().filter(({ anomalies }) => anomalies !== undefined)).toEqual([]);
    expect(JSON.stringify(all)).not.toContain(redisPassword);
  },
  PATIENCE,
);

test.skipIf(!hasProgram('redis-server'))(
  'a real Redis cluster (redis-server) says where keys are',
  async () => {
    const [one, other] = [
      await startRedis(['--cluster-enabled', 'yes']),
      await startRedis(['--cluster-enabled', 'yes']),
    ];
    onTestFinished(async () => {
      await one[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
    });
    ask(one.port, 'CLUSTER', 'ADDSLOTSRANGE', '0', '8191');
    ask(other.port, 'CLUSTER', 'ADDSLOTSRANGE', '8192', '16383');
    ask(one.port, 'CLUSTER', 'MEET', '127.0.0.1', String(other.port));
    await until(() => ask(one.port, 'CLUSTER', 'INFO').includes('cluster_state:ok'));
    const relay = await Relay.to(one.port);
    // Slots 12,182 and 5,061.
    await type(relay.port, ['SET foo 1', 'SET bar 1']);
    await relay.close();
    const calls = relay.conversations.flatMap(callsOf);
    expect(
      calls.filter(({ summary }) => summary.startsWith('SET')).map(({ summary, status }) => [summary, status]),
    ).toEqual([
      ['SET foo 1', 'MOVED'],
      ['SET bar 1', 0],
    ]);
  },
  PATIENCE,
);
