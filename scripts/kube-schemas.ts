/**
 * `node scripts/kube-schemas.ts swagger.json`: takes the schemas of the kinds that the chart makes out of an API server's
 * description of itself (`kubectl get --raw /openapi/v2 > swagger.json`) into deploy/testing/kubernetes-schemas.json.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ObjectSchema, RecordedSchemas } from '../deploy/testing/object-schemas.ts';

const kinds = [
  'v1 Secret',
  'v1 Service',
  'v1 ServiceAccount',
  'v1 ConfigMap',
  'v1 PersistentVolumeClaim',
  'apps/v1 DaemonSet',
  'apps/v1 Deployment',
  'networking.k8s.io/v1 Ingress',
  'networking.k8s.io/v1 NetworkPolicy',
  'policy/v1 PodDisruptionBudget',
  'rbac.authorization.k8s.io/v1 ClusterRole',
  'rbac.authorization.k8s.io/v1 ClusterRoleBinding',
  'rbac.authorization.k8s.io/v1 Role',
  'rbac.authorization.k8s.io/v1 RoleBinding',
] as const;

/** Kinds that an old server knows under their earlier version, with the same fields. */
const earlier: Readonly<Record<string, string>> = {
  'policy/v1 PodDisruptionBudget': 'policy/v1beta1 PodDisruptionBudget',
};

interface Definition extends ObjectSchema {
  readonly 'x-kubernetes-group-version-kind'?: readonly { group: string; version: string; kind: string }[];
}

const nameOf = ({ group, version, kind }: { group: string; version: string; kind: string }) =>
  `${group === '' ? '' : `${group}/`}${version} ${kind}`;

/** Without words and extensions: what the check reads. */
function plain(schema: ObjectSchema): ObjectSchema {
  const { $ref, type, format, enum: values, properties, required, additionalProperties, items } = schema;
  return {
    ...($ref !== undefined && { $ref }),
    ...(type !== undefined && { type }),
    ...(format === 'int-or-string' && { format }),
    ...(values !== undefined && { enum: values }),
    ...(required !== undefined && { required }),
    ...(additionalProperties !== undefined && { additionalProperties: plain(additionalProperties) }),
    ...(items !== undefined && { items: plain(items) }),
    ...(properties !== undefined && {
      properties: Object.fromEntries(Object.entries(properties).map(([key, part]) => [key, plain(part)])),
    }),
  };
}

function record(all: Readonly<Record<string, Definition>>): RecordedSchemas {
  const known = new Map<string, string>();
  for (const [definition, schema] of Object.entries(all))
    for (const kind of schema['x-kubernetes-group-version-kind'] ?? []) known.set(nameOf(kind), definition);
  const found: Record<string, string> = {};
  for (const kind of kinds) {
    const definition = known.get(kind) ?? known.get(earlier[kind] ?? '');
    if (definition === undefined) throw new Error(`the API server knows no ${kind}`);
    found[kind] = definition;
  }
  const definitions: Record<string, ObjectSchema> = {};
  const wanted = Object.values(found);
  for (const definition of wanted) {
    const schema = all[definition];
    if (schema === undefined) throw new Error(`no definition ${definition}`);
    definitions[definition] = plain(schema);
    for (const [, next = ''] of JSON.stringify(definitions[definition]).matchAll(/#\/definitions\/([^"]+)/g))
      if (!wanted.includes(next)) wanted.push(next);
  }
  return { kinds: found, definitions };
}

const [swagger] = process.argv.slice(2);
if (swagger === undefined) {
  console.error('usage: node scripts/kube-schemas.ts swagger.json   (kubectl get --raw /openapi/v2 > swagger.json)');
  process.exit(2);
}
const { definitions } = JSON.parse(readFileSync(swagger, 'utf8')) as { definitions: Record<string, Definition> };
const file = join(import.meta.dirname, '../deploy/testing/kubernetes-schemas.json');
writeFileSync(file, `${JSON.stringify(record(definitions), null, 1)}\n`);
