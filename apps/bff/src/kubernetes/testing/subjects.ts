/** API servers as tests change them: the fake, and a real one where there is one (`pnpm test:kube`). */

import { ApiServer } from '../api-server.ts';
import { FakeApiServer, type GivenObject } from './fake-api-server.ts';
import { RealApiServer } from './real-api-server.ts';

export interface Subject {
  set(plural: string, object: GivenObject): Promise<void>;
  remove(plural: string, name: string, namespace?: string): Promise<void>;
  /** What happened so far can no longer be watched. */
  forget(): Promise<void>;
  connect(): Promise<ApiServer>;
  close(): Promise<void>;
}

export async function fakeSubject(): Promise<Subject> {
  const fake = await FakeApiServer.start();
  return {
    set: async (plural, object) => fake.set(plural, object),
    remove: async (plural, name, namespace) => fake.delete(plural, name, namespace),
    forget: async () => fake.compact(),
    connect: () => ApiServer.connect({ url: fake.url }),
    close: () => fake.close(),
  };
}

/** Of kinds outside of the core, where a server of 1.20 has them. */
const apis: Readonly<Record<string, string>> = {
  endpointslices: '/apis/discovery.k8s.io/v1beta1',
  replicasets: '/apis/apps/v1',
  jobs: '/apis/batch/v1',
  clusterroles: '/apis/rbac.authorization.k8s.io/v1',
  clusterrolebindings: '/apis/rbac.authorization.k8s.io/v1',
};

export interface RealSubject extends Subject {
  readonly server: RealApiServer;
}

export async function realSubject(program: string): Promise<RealSubject> {
  const server = await RealApiServer.start(program);
  const client = await server.connect('admin');
  const signal = () => AbortSignal.timeout(20_000);
  const placeOf = (plural: string, namespace: string | undefined) =>
    `${apis[plural] ?? '/api/v1'}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${plural}`;
  for (const name of ['shop', 'kubeshark']) await client.create('/api/v1/namespaces', { metadata: { name } }, signal());
  return {
    server,
    set: async (plural, object) => {
      const { namespace, name } = object.metadata;
      const place = placeOf(plural, namespace);
      const apiVersion = (apis[plural] ?? '/api/v1').replace(/^\/apis?\//, '');
      const given = { ...object, apiVersion };
      await client.create(place, given, signal());
      if (object['status'] === undefined) return;
      const now = (await client.json({ path: `${place}/${name}`, signal: signal() })) as GivenObject;
      await client.create(`${place}/${name}/status`, { ...now, status: object['status'] }, signal(), 'PUT');
    },
    remove: async (plural, name, namespace) => {
      const options = { gracePeriodSeconds: 0 };
      await client.create(`${placeOf(plural, namespace)}/${name}`, options, signal(), 'DELETE');
    },
    forget: async () => {
      const list = (await client.json({ path: '/api/v1/pods?limit=1', signal: signal() })) as {
        metadata: { resourceVersion: string };
      };
      await server.compact(list.metadata.resourceVersion);
    },
    connect: () => server.connect('admin'),
    close: async () => {
      client.close();
      await server.close();
    },
  };
}
