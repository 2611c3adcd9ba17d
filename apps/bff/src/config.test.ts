import { expect, test } from 'vitest';
import { readConfig } from './config.ts';

test('without an environment the hub listens on loopback only', () => {
  expect(readConfig({})).toMatchObject({
    host: '127.0.0.1',
    port: 8899,
    agentToken: undefined,
    clickhouse: { urls: [], replicated: false },
  });
});

test('an empty variable counts as absent: Kubernetes manifests have them', () => {
  expect(readConfig({ KUBESHARK_PORT: '', KUBESHARK_AGENT_TOKEN: '' })).toMatchObject({
    port: 8899,
    agentToken: undefined,
  });
});

test.each([
  ['a port that is none', { KUBESHARK_PORT: '99999' }, 'KUBESHARK_PORT'],
  ['a level nobody knows', { KUBESHARK_LOG_LEVEL: 'loud' }, 'KUBESHARK_LOG_LEVEL'],
  ['an address that is none', { KUBESHARK_CLICKHOUSE_URL: 'clickhouse' }, 'KUBESHARK_CLICKHOUSE_URL'],
  ['a retention of nothing', { KUBESHARK_RETENTION_HOURS: '0' }, 'KUBESHARK_RETENTION_HOURS'],
])('%s is named', (_name, environment, variable) => {
  expect(readConfig(environment)).toEqual({ faults: [expect.stringContaining(variable)] });
});

test('lists are separated by commas', () => {
  expect(readConfig({ KUBESHARK_TRUSTED_PROXIES: '10.0.0.0/8, 192.168.1.1,' })).toMatchObject({
    trustedProxies: ['10.0.0.0/8', '192.168.1.1'],
  });
});

test('several ClickHouse servers can form a cluster', () => {
  const environment = {
    KUBESHARK_CLICKHOUSE_URL: 'http://a:8123/traffic, http://b:8123/traffic',
    KUBESHARK_CLICKHOUSE_CLUSTER: 'shards',
    KUBESHARK_CLICKHOUSE_REPLICATED: 'true',
  };
  expect(readConfig(environment)).toMatchObject({
    clickhouse: { urls: ['http://a:8123/traffic', 'http://b:8123/traffic'], cluster: 'shards', replicated: true },
  });
});
