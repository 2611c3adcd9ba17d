import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Settings, type SettingsState } from '@kubeshark/contract';
import { expect, onTestFinished, test } from 'vitest';
import { Documents } from '../../documents/documents.ts';
import { AgentRegistry } from '../../ingest/agent-registry.ts';
import { Targets } from '../../kubernetes/targets.ts';
import { settingsNow } from './installed.ts';
import { SettingsService } from './settings.service.ts';

const says = (more: { tap?: object; retention?: object; maxCapturedSize?: number } = {}): Settings =>
  Settings.parse({
    redaction: { defaults: true, rules: [] },
    ...more,
    retention: { hours: 72, bytes: 1e10, ...more.retention },
  });

/** A data directory, and hubs that are started on it one after the other. */
async function anInstallation() {
  const directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-settings-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return async (initial: Settings) => {
    const documents = await Documents.open(directory);
    const agents = await AgentRegistry.open(documents);
    const targets = new Targets({ cluster: undefined, agents });
    const retained: unknown[] = [];
    const told: SettingsState['overruled'] = [];
    const store = {
      retain: (limits: unknown) => {
        retained.push(limits);
        return Promise.resolve();
      },
    };
    const service = await SettingsService.open(
      { documents, store, agents, targets, initial },
      {
        error: (error) => {
          throw error;
        },
        overruled: (lost) => told.push(...lost),
      },
    );
    return { service, targets, agents, retained, told };
  };
}

test('what was saved stands over restarts and upgrades that leave the value alone', async () => {
  const start = await anInstallation();
  const first = await start(says());
  await first.service.change(says({ tap: { namespaces: ['staging'], paused: true } }));
  const again = await start(says({ retention: { hours: 24 } }));
  expect(await again.service.current()).toEqual({
    ...says({ tap: { namespaces: ['staging'], paused: true }, retention: { hours: 24 } }),
    overruled: [],
  });
  expect(again.targets.wanted).toMatchObject({ namespaces: ['staging'], paused: true });
  expect(again.retained).toMatchObject([{ maxAgeSeconds: 24 * 3600 }]);
  expect(again.told).toEqual([]);
});

test('a value that the installation changes after that is used, and it is told until the next change', async () => {
  const start = await anInstallation();
  const first = await start(says({ tap: { namespaces: ['shop'], regex: '^cart' } }));
  await first.service.change(
    says({ tap: { namespaces: ['staging'], regex: '^cart', paused: true }, maxCapturedSize: 99 }),
  );
  const production = says({ tap: { namespaces: ['production', 'web'], regex: '^cart' } });
  const lost = [{ name: 'tap.namespaces', saved: 'staging', now: 'production, web' }];

  const upgraded = await start(production);
  const now = await upgraded.service.current();
  expect(now).toMatchObject({ tap: { namespaces: ['production', 'web'], paused: true }, maxCapturedSize: 99 });
  expect(now.overruled).toEqual(lost);
  expect(upgraded.told).toEqual(lost);
  expect(upgraded.targets.wanted.namespaces).toEqual(['production', 'web']);

  const restarted = await start(production);
  expect(restarted.told, 'it is told once').toEqual([]);
  expect((await restarted.service.current()).overruled, 'the page still says it').toEqual(lost);
  const { overruled: _, ...same } = await restarted.service.current();
  expect((await restarted.service.change(same)).overruled).toEqual([]);
  expect((await (await start(production)).service.current()).overruled).toEqual([]);
});

test('settings from before this was kept stand until the installation changes', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-settings-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const documents = await Documents.open(directory);
  const saved = says({ tap: { services: ['cart'] } });
  await documents.update({ name: 'settings', schema: Settings, fallback: saved }, () => ({ ...saved }));
  const agents = await AgentRegistry.open(documents);
  const options = {
    documents,
    agents,
    store: { retain: () => Promise.resolve() },
    targets: new Targets({ cluster: undefined, agents }),
  };
  const listener = { error: () => undefined, overruled: () => undefined };
  const before = await SettingsService.open({ ...options, initial: says() }, listener);
  expect((await before.current()).tap.services).toEqual(['cart']);
  const after = await SettingsService.open({ ...options, initial: says({ tap: { services: ['web'] } }) }, listener);
  expect(await after.current()).toMatchObject({
    tap: { services: ['web'] },
    overruled: [{ name: 'tap.services', saved: 'cart', now: 'web' }],
  });
});

test.each<[name: string, saved: Settings, before: Settings, now: Settings, wanted: object, lost: readonly string[]]>([
  [
    'to nothing',
    says({ retention: { bodyHours: 5 }, maxCapturedSize: 10 }),
    says({ retention: { bodyHours: 2 }, maxCapturedSize: 20 }),
    says(),
    says(),
    ['tap.maxCapturedSize', 'hub.retention.bodyHours'],
  ],
  [
    'to what was saved',
    says({ tap: { regex: 'a' } }),
    says(),
    says({ tap: { regex: 'a' } }),
    says({ tap: { regex: 'a' } }),
    [],
  ],
  [
    'where nobody had changed anything',
    says(),
    says(),
    says({ retention: { bytes: 5 } }),
    says({ retention: { bytes: 5 } }),
    [],
  ],
])('the installation changes %s', (_, saved, before, now, wanted, lost) => {
  const { settings, overruled } = settingsNow(saved, before, now);
  expect(settings).toEqual(wanted);
  expect(overruled.map(({ name }) => name)).toEqual(lost);
});
