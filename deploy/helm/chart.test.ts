import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AccessRules } from '@kubeshark/contract';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { kubeTool, kubeToolsMissing } from '../../scripts/kube-tools.ts';
import { faultsOf } from '../testing/object-schemas.ts';

const chart = join(import.meta.dirname, 'kubeshark');
const helm = kubeTool('helm');
const valueSets = readdirSync(join(import.meta.dirname, 'values'));
const read = (...path: string[]) => readFileSync(join(import.meta.dirname, ...path), 'utf8');

interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [part: string]: unknown;
}

const objectsOf = (text: string) =>
  parseAllDocuments(text)
    .map((document) => document.toJS() as KubeObject | null)
    .filter((object) => object !== null);

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(helm ?? '', args, { encoding: 'utf8' });
  return { status, stdout, stderr };
}
const render = (...args: string[]) => run('template', 'kubeshark', chart, '--namespace', 'kubeshark', ...args);
const valuesFile = (set: string) => join(import.meta.dirname, 'values', set);

/** What was rendered last time; the diff is reviewed like code. UPDATE_GOLDEN=1 writes it. */
const golden = (set: string) => objectsOf(read('golden', set));
const find = (set: string, kind: string, name: string) => {
  const object = golden(set).find((each) => each.kind === kind && each.metadata.name === name);
  if (object === undefined) throw new Error(`${set} has no ${kind} ${name}`);
  return object;
};

describe.skipIf(helm === undefined)(`helm${helm === undefined ? `: ${kubeToolsMissing}` : ''}`, () => {
  test.each(valueSets)('%s: lints strictly and renders as it did', (set) => {
    const lint = run('lint', '--strict', chart, '--values', valuesFile(set));
    expect(lint.status, lint.stdout).toBe(0);
    const rendered = render('--values', valuesFile(set));
    expect(rendered.status, rendered.stderr).toBe(0);
    if (process.env['UPDATE_GOLDEN'] !== undefined)
      writeFileSync(join(import.meta.dirname, 'golden', set), rendered.stdout);
    expect(rendered.stdout).toBe(read('golden', set));
  });

  test.each([
    ['a misspelled value', ['--set', 'tap.namespace=x'], /namespace/],
    ['two hubs over an embedded store', ['--set', 'hub.replicas=2'], /clickhouse\.url/],
    ['a size that is none', ['--set', 'hub.storage.size=big'], /size/],
  ])('%s is refused with its name', (_name, args, message) => {
    const { status, stderr } = render(...args);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(message);
  });

  test.each([
    ['several replicas', ['--values', valuesFile('clickhouse.yaml')], /belong to the replica that made them/],
    [
      'a standing recording',
      ['--set', 'tap.record=true'],
      /Everything is recorded, a recording a day \(at most 5368709120/,
    ],
    ['no way in', [], /set ingress\.host/],
    ['nobody who can sign in', ['--set', 'ingress.host=k.example.com'], /Nobody can sign in yet/],
  ])('the notes say what %s means', (_name, args, words) => {
    const { stdout, stderr } = run('install', 'kubeshark', chart, '-n', 'kubeshark', '--dry-run=client', ...args);
    expect(`${stdout.split('NOTES:')[1] ?? ''}${stderr}`).toMatch(words);
  });

  test('an installation without a token makes a long random one', () => {
    const [first, second] = [render(), render()].map(({ stdout }) =>
      objectsOf(stdout).find(({ metadata }) => metadata.name === 'kubeshark-agent-token'),
    );
    const { token } = (first?.['data'] ?? {}) as { token?: string };
    expect(Buffer.from(token ?? '', 'base64')).toHaveLength(40);
    expect(second?.['data']).not.toEqual(first?.['data']);
  });
});

test.each(valueSets)('%s: every object is what its schema says, with no field that is unknown', (set) => {
  const objects = golden(set);
  expect(objects.length).toBeGreaterThan(8);
  for (const object of objects) expect(faultsOf(object), `${object.kind} ${object.metadata.name}`).toEqual([]);
});

test("the guide's names are there", () => {
  const set = 'authelia.yaml';
  for (const object of golden(set)) {
    if (!object.kind.startsWith('ClusterRole')) expect(object.metadata.namespace).toBe('kubeshark');
  }
  find(set, 'ServiceAccount', 'kubeshark');
  const service = find(set, 'Service', 'kubeshark-front')['spec'] as { ports: object[] };
  expect(service.ports).toMatchObject([{ port: 80 }]);
  const agents = find(set, 'DaemonSet', 'kubeshark-tap')['spec'] as { template: { metadata: object } };
  expect(agents.template.metadata).toMatchObject({ labels: { app: 'kubeshark-tap' } });
});

test("the IngressRoute is the guide's, word for word", () => {
  const guide = parse(`
entryPoints:
  - websecure
routes:
  - match: Host(\`kubeshark.k8s.yourdomain.com\`)
    kind: Rule
    middlewares:
      - name: authelia
        namespace: authelia
    services:
      - name: kubeshark-front
        port: 80
tls:
  certResolver: default
`) as unknown;
  expect(find('authelia.yaml', 'IngressRoute', 'kubeshark')['spec']).toEqual(guide);
});

test('the service account may list pods everywhere, and change nothing anywhere', () => {
  interface Rule {
    readonly apiGroups: string[];
    readonly resources: string[];
    readonly verbs: string[];
  }
  const { rules } = find('default.yaml', 'ClusterRole', 'kubeshark') as unknown as { rules: Rule[] };
  const pods = rules.find(({ resources }) => resources.includes('pods'));
  expect(pods?.verbs).toContain('list');
  for (const { verbs, resources, apiGroups } of rules) {
    for (const verb of verbs) expect(['get', 'list', 'watch']).toContain(verb);
    expect([...resources, ...apiGroups]).not.toContain('*');
    expect(resources).not.toContain('secrets');
  }
});

test('namespaced mode has no right outside its namespaces', () => {
  const objects = golden('namespaced.yaml');
  expect(objects.filter(({ kind }) => kind.startsWith('ClusterRole'))).toEqual([]);
  const roles = objects.filter(({ kind, metadata }) => kind === 'Role' && metadata.name === 'kubeshark');
  expect(new Set(roles.map(({ metadata }) => metadata.namespace))).toEqual(
    new Set(['kubeshark', 'production', 'staging']),
  );
});

/** Containers of a workload, as far as these tests read them. */
const containerOf = (set: string, kind: string, name: string) => {
  const { template } = find(set, kind, name)['spec'] as {
    template: { spec: { containers: { env: { name: string }[]; securityContext: object }[] } };
  };
  return template.spec.containers[0]!;
};

test.each([
  ['Deployment', 'kubeshark-front', '../../apps/bff/src/config.ts'],
  ['DaemonSet', 'kubeshark-tap', '../../apps/agent/src/config.ts'],
])('every variable the %s sets is one that its program reads', (kind, name, config) => {
  const known = new Set([...read(config).matchAll(/^ {2}(KUBESHARK_\w+):/gm)].map(([, variable]) => variable));
  for (const set of valueSets)
    for (const variable of containerOf(set, kind, name).env) expect(known.has(variable.name), variable.name).toBe(true);
});

test('the agent has named capabilities and is not privileged', () => {
  expect(containerOf('default.yaml', 'DaemonSet', 'kubeshark-tap').securityContext).toMatchObject({
    privileged: false,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
});

test("the guide's values are taken as they are written", () => {
  const guide = `
tap:
  namespaces:
    - production
    - staging
  packetCapture: ebpf
  maxCapturedSize: 512
  tls: true
`;
  const schema = JSON.parse(read('kubeshark/values.schema.json')) as { properties: { tap: Schema } };
  const { tap } = parse(guide) as { tap: object };
  for (const key of Object.keys(tap)) expect(Object.keys(schema.properties.tap.properties ?? {})).toContain(key);
  if (helm === undefined) return;
  const rendered = spawnSync(helm, ['template', 'kubeshark', chart, '--values', '-'], {
    encoding: 'utf8',
    input: guide,
  });
  expect(rendered.status, rendered.stderr).toBe(0);
  for (const part of ['value: "production,staging"', 'value: ebpf', 'value: "524288"', 'KUBESHARK_TLS_KEYS'])
    expect(rendered.stdout).toContain(part);
});

test('the access rules of the chart are rules the hub takes', () => {
  for (const set of valueSets.filter((each) => each !== 'ingress.yaml')) {
    const { data } = find(set, 'ConfigMap', 'kubeshark-config') as unknown as { data: Record<string, string> };
    const rules = AccessRules.parse(parse(data['access.yaml'] ?? ''));
    expect(rules.loopback, set).toBe(['authelia.yaml', 'clickhouse.yaml'].includes(set) ? 'viewer' : 'admin');
  }
});

test('chart, images and package have one version', () => {
  const { version } = JSON.parse(read('../../package.json')) as { version: string };
  expect(parse(read('kubeshark/Chart.yaml'))).toMatchObject({ version, appVersion: version });
});

test("Argo CD's application points at the chart and sets values it has", () => {
  const application = parse(read('../argocd/kubeshark.yaml')) as {
    spec: { source: { path: string; helm: { valuesObject: Record<string, object> } }; destination: object };
  };
  const { source, destination } = application.spec;
  expect(destination).toMatchObject({ namespace: 'kubeshark' });
  expect(read('../..', source.path, 'Chart.yaml')).toContain('name: kubeshark');
  const values = parse(read('kubeshark/values.yaml')) as Record<string, object>;
  for (const [part, set] of Object.entries(source.helm.valuesObject))
    for (const key of Object.keys(set)) expect(Object.keys(values[part] ?? {})).toContain(key);
});

test('every value has its place in the schema, and the schema has no other', () => {
  const schema = JSON.parse(read('kubeshark/values.schema.json')) as Schema;
  const compare = (values: object, { properties = {} }: Schema, path: string) => {
    const declared = Object.keys(properties).filter((key) => key !== 'global');
    expect(declared.toSorted(), path).toEqual(Object.keys(values).toSorted());
    for (const [key, value] of Object.entries(values))
      if (properties[key]?.properties !== undefined && !isFree(path, key))
        compare(value as object, properties[key], `${path}${key}.`);
  };
  compare(parse(read('kubeshark/values.yaml')) as object, schema, '');
});

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
}
/** Kubernetes' own objects: a container's resources need not name a limit. */
const isFree = (_path: string, key: string) => key === 'resources';
