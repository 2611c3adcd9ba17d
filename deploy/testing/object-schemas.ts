/**
 * Checks Kubernetes objects strictly: a field that the API does not know is a fault, which the API server would drop without
 * a word. Kubernetes' own schemas are recorded from an API server (scripts/kube-schemas.ts).
 */

import { readFileSync } from 'node:fs';

/** The part of OpenAPI 2 that Kubernetes uses. */
export interface ObjectSchema {
  readonly $ref?: string;
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, ObjectSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: ObjectSchema;
  readonly items?: ObjectSchema;
}

export interface RecordedSchemas {
  /** Definition by `apiVersion kind`. */
  readonly kinds: Readonly<Record<string, string>>;
  readonly definitions: Readonly<Record<string, ObjectSchema>>;
}

const recorded = JSON.parse(
  readFileSync(new URL('kubernetes-schemas.json', import.meta.url), 'utf8'),
) as RecordedSchemas;

const text: ObjectSchema = { type: 'string' };
const flag: ObjectSchema = { type: 'boolean' };
const texts: ObjectSchema = { type: 'array', items: text };
const object = (properties: Record<string, ObjectSchema>, required: readonly string[] = []): ObjectSchema => ({
  type: 'object',
  properties,
  required,
});
const metadata: ObjectSchema = { $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' };
const labelSelector: ObjectSchema = { $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector' };
const custom = (spec: ObjectSchema): ObjectSchema =>
  object({ apiVersion: text, kind: text, metadata, spec }, ['metadata', 'spec']);

/** Kinds of others, as far as the chart uses them: Traefik's and the Prometheus operator's API references. */
const customKinds: Readonly<Record<string, ObjectSchema>> = {
  'traefik.io/v1alpha1 IngressRoute': custom(
    object(
      {
        entryPoints: texts,
        routes: {
          type: 'array',
          items: object(
            {
              match: text,
              kind: { type: 'string', enum: ['Rule'] },
              priority: { type: 'integer' },
              middlewares: { type: 'array', items: object({ name: text, namespace: text }, ['name']) },
              services: {
                type: 'array',
                items: object(
                  {
                    name: text,
                    namespace: text,
                    port: { type: 'string', format: 'int-or-string' },
                    sticky: object({
                      cookie: object({ name: text, httpOnly: flag, secure: flag, sameSite: text }),
                    }),
                  },
                  ['name'],
                ),
              },
            },
            ['match'],
          ),
        },
        tls: object({ certResolver: text, secretName: text }),
      },
      ['routes'],
    ),
  ),
  'monitoring.coreos.com/v1 ServiceMonitor': custom(
    object(
      {
        selector: labelSelector,
        endpoints: {
          type: 'array',
          items: object({ port: text, path: text, interval: text, honorLabels: { type: 'boolean' } }),
        },
      },
      ['selector', 'endpoints'],
    ),
  ),
};

/** What is wrong with an object, one sentence each. */
export function faultsOf(value: { readonly apiVersion: string; readonly kind: string }): readonly string[] {
  const name = `${value.apiVersion} ${value.kind}`;
  const definition = recorded.kinds[name];
  const schema = customKinds[name] ?? (definition === undefined ? undefined : recorded.definitions[definition]);
  return schema === undefined ? [`no schema of ${name}`] : check(value, schema, '');
}

function check(value: unknown, schema: ObjectSchema, path: string): readonly string[] {
  if (schema.$ref !== undefined) {
    const target = recorded.definitions[schema.$ref.replace('#/definitions/', '')];
    return target === undefined ? [`${path}: no definition ${schema.$ref}`] : check(value, target, path);
  }
  if (schema.enum !== undefined && !schema.enum.includes(value)) return [`${path}: ${String(value)} is not allowed`];
  switch (schema.type) {
    case 'array':
      if (!Array.isArray(value)) return [`${path}: is no list`];
      return value.flatMap((item, index) => check(item, schema.items ?? {}, `${path}[${index}]`));
    case 'object':
      return checkObject(value, schema, path);
    case 'string':
      if (schema.format === 'int-or-string' && Number.isInteger(value)) return [];
      return typeof value === 'string' ? [] : [`${path}: ${String(value)} is no text`];
    case 'integer':
      return Number.isInteger(value) ? [] : [`${path}: ${String(value)} is no whole number`];
    case 'number':
      return typeof value === 'number' ? [] : [`${path}: ${String(value)} is no number`];
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`${path}: ${String(value)} is neither true nor false`];
    default:
      // No type: anything.
      return [];
  }
}

function checkObject(value: unknown, schema: ObjectSchema, path: string): readonly string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path}: is no object`];
  const { properties, required = [], additionalProperties } = schema;
  const missing = required.filter((key) => !(key in value)).map((key) => `${path}.${key} is missing`);
  const wrong = Object.entries(value).flatMap(([key, part]) => {
    const partSchema = properties?.[key] ?? additionalProperties;
    if (partSchema !== undefined) return check(part, partSchema, `${path}.${key}`);
    return properties === undefined ? [] : [`${path}.${key} is unknown`];
  });
  return [...missing, ...wrong];
}
