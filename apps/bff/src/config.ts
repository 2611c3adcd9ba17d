/** The hub's settings, read from the environment once. */

import { homedir } from 'node:os';
import path from 'node:path';
import { type Settings, Targeting } from '@kubeshark/contract';
import { z } from 'zod';
import { addressesOf } from './access/addresses.ts';
import type { ApiServerOptions } from './kubernetes/api-server.ts';
import { targetingFault } from './kubernetes/pod-matcher.ts';

const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

const Environment = z.object({
  /** 0 lets the system choose; the address printed at start is the real one. */
  KUBESHARK_PORT: z.coerce.number().int().min(0).max(65_535).default(8899),
  /** Loopback unless asked otherwise: what the hub shows is everybody's traffic. */
  KUBESHARK_HOST: z.string().min(1).default('127.0.0.1'),
  KUBESHARK_DATA_DIR: z
    .string()
    .min(1)
    .default(path.join(homedir(), '.kubeshark', 'data')),
  /** ClickHouse instead of the embedded store: `http://user:password@host:8123/database`, several separated by commas. */
  KUBESHARK_CLICKHOUSE_URL: list.pipe(z.array(z.url())).default([]),
  /** Name of the cluster in the servers' own configuration whose shards keep the entries. */
  KUBESHARK_CLICKHOUSE_CLUSTER: z.string().min(1).optional(),
  KUBESHARK_CLICKHOUSE_REPLICATED: flag.default(false),
  /** What agents must show; without it any agent that reaches the port is taken. */
  KUBESHARK_AGENT_TOKEN: z.string().min(1).optional(),
  KUBESHARK_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** Folder of the built browser application. */
  KUBESHARK_WEB_DIR: z
    .string()
    .min(1)
    .default(path.resolve(import.meta.dirname, '../../web/dist')),
  /** Addresses or networks of the proxies whose `X-Forwarded-*` and identity headers are believed. */
  KUBESHARK_TRUSTED_PROXIES: list
    .refine(
      (texts) => !('fault' in addressesOf(texts)),
      'each must be an address or a network such as 10.0.0.0/8, separated by commas',
    )
    .default([]),
  /** `auto`: names of pods and services where the environment is a pod's. */
  KUBESHARK_KUBERNETES: z.enum(['auto', 'off']).default('auto'),
  /** Another API server than the pod's own, without a token: `http://127.0.0.1:8001` of `kubectl proxy`. */
  KUBESHARK_KUBERNETES_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Namespaces the hub may look at; empty means all. */
  KUBESHARK_KUBERNETES_NAMESPACES: list.default([]),
  /** Whose traffic is captured, until the settings page says otherwise: the chart's `tap.*`. */
  KUBESHARK_TAP_NAMESPACES: list.default([]),
  KUBESHARK_TAP_EXCLUDED_NAMESPACES: list.default([]),
  KUBESHARK_TAP_REGEX: z.string().default(''),
  KUBESHARK_TAP_LABEL_SELECTOR: z.string().default(''),
  KUBESHARK_TAP_SERVICES: list.default([]),
  /** Bytes kept of each body, on all nodes; the agents' own setting without it. */
  KUBESHARK_MAX_CAPTURED_SIZE: z.coerce.number().int().min(0).optional(),
  /** What the kubelet tells every pod. */
  KUBERNETES_SERVICE_HOST: z.string().min(1).optional(),
  KUBERNETES_SERVICE_PORT: z.string().min(1).default('443'),
  /** The hub's own namespace. */
  KUBESHARK_NAMESPACE: z.string().min(1).default('kubeshark'),
  /** YAML file that says who may do what (docs/access.md); without it access control is off. */
  KUBESHARK_ACCESS_FILE: z.string().min(1).optional(),
  /** Path the proxy serves the hub under: `/kubeshark`. */
  KUBESHARK_BASE_PATH: z
    .string()
    .regex(/^(\/[\w.~-]+)*\/?$/, 'a path such as /kubeshark')
    .transform((path) => (path.endsWith('/') ? path : `${path}/`))
    .default('/'),
  /** Host names a browser may use beside the address itself; a guard against DNS rebinding. */
  KUBESHARK_ALLOWED_HOSTS: list.default([]),
  KUBESHARK_RETENTION_HOURS: z.coerce.number().positive().default(72),
  KUBESHARK_RETENTION_BYTES: z.coerce
    .number()
    .positive()
    .default(10 * 1024 ** 3),
  /** Recordings that ended longer ago are dropped. */
  KUBESHARK_RECORDINGS_DAYS: z.coerce.number().positive().default(30),
  /** Disk space of all recordings; the oldest go when there is more. */
  KUBESHARK_RECORDINGS_BYTES: z.coerce
    .number()
    .positive()
    .default(20 * 1024 ** 3),
  /** Everything is recorded, a recording a day: the chart's `tap.record`. */
  KUBESHARK_RECORD: flag.default(false),
  /** Bodies may go earlier than their entries. */
  KUBESHARK_RETENTION_BODY_HOURS: z.coerce.number().positive().optional(),
  /** An entry is acknowledged only when it would survive a power cut. */
  KUBESHARK_DURABLE: flag.default(false),
});

/** Where a pod finds its token and the cluster's authority. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

function kubernetesOf(env: z.output<typeof Environment>): Config['kubernetes'] {
  const namespaces = env.KUBESHARK_KUBERNETES_NAMESPACES;
  if (env.KUBESHARK_KUBERNETES === 'off') return undefined;
  const ownNamespace = env.KUBESHARK_NAMESPACE;
  if (env.KUBESHARK_KUBERNETES_URL !== undefined)
    return { server: { url: env.KUBESHARK_KUBERNETES_URL }, namespaces, ownNamespace };
  const host = env.KUBERNETES_SERVICE_HOST;
  if (host === undefined) return undefined;
  const url = `https://${host.includes(':') ? `[${host}]` : host}:${env.KUBERNETES_SERVICE_PORT}`;
  const server = { url, tokenFile: `${SERVICE_ACCOUNT}/token`, caFile: `${SERVICE_ACCOUNT}/ca.crt` };
  return { server, namespaces, ownNamespace };
}

export interface Config {
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  /** Servers to keep entries on; none means the embedded store. */
  readonly clickhouse: { readonly urls: readonly string[]; readonly cluster?: string; readonly replicated: boolean };
  readonly agentToken: string | undefined;
  readonly logLevel: string;
  readonly webDir: string;
  readonly trustedProxies: readonly string[];
  /** Undefined outside of a cluster. */
  readonly kubernetes:
    | { readonly server: ApiServerOptions; readonly namespaces: readonly string[]; readonly ownNamespace: string }
    | undefined;
  /** Whose traffic is captured at first. */
  readonly tap: Targeting;
  readonly maxCapturedSize: number | undefined;
  readonly accessFile: string | undefined;
  /** Begins and ends with a slash. */
  readonly basePath: string;
  readonly allowedHosts: readonly string[];
  readonly recordings: { readonly days: number; readonly bytes: number };
  /** Everything is recorded from the start on. */
  readonly record: boolean;
  readonly retention: Settings['retention'];
  readonly durable: boolean;
}

/** The settings, or one sentence for each that is wrong. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config | { faults: string[] } {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = Environment.safeParse(present);
  if (!parsed.success)
    return { faults: parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) };
  const env = parsed.data;
  const tap = Targeting.safeParse({
    namespaces: env.KUBESHARK_TAP_NAMESPACES,
    excludedNamespaces: env.KUBESHARK_TAP_EXCLUDED_NAMESPACES,
    regex: env.KUBESHARK_TAP_REGEX,
    labelSelector: env.KUBESHARK_TAP_LABEL_SELECTOR,
    services: env.KUBESHARK_TAP_SERVICES,
  });
  const tapFault = tap.success ? targetingFault(tap.data) : tap.error.issues[0]?.message;
  if (tapFault !== undefined || !tap.success) return { faults: [`KUBESHARK_TAP_*: ${tapFault}`] };
  return {
    port: env.KUBESHARK_PORT,
    host: env.KUBESHARK_HOST,
    dataDir: env.KUBESHARK_DATA_DIR,
    clickhouse: {
      urls: env.KUBESHARK_CLICKHOUSE_URL,
      replicated: env.KUBESHARK_CLICKHOUSE_REPLICATED,
      ...(env.KUBESHARK_CLICKHOUSE_CLUSTER !== undefined && { cluster: env.KUBESHARK_CLICKHOUSE_CLUSTER }),
    },
    agentToken: env.KUBESHARK_AGENT_TOKEN,
    logLevel: env.KUBESHARK_LOG_LEVEL,
    webDir: env.KUBESHARK_WEB_DIR,
    trustedProxies: env.KUBESHARK_TRUSTED_PROXIES,
    kubernetes: kubernetesOf(env),
    tap: tap.data,
    maxCapturedSize: env.KUBESHARK_MAX_CAPTURED_SIZE,
    accessFile: env.KUBESHARK_ACCESS_FILE,
    basePath: env.KUBESHARK_BASE_PATH,
    allowedHosts: env.KUBESHARK_ALLOWED_HOSTS,
    record: env.KUBESHARK_RECORD,
    recordings: { days: env.KUBESHARK_RECORDINGS_DAYS, bytes: env.KUBESHARK_RECORDINGS_BYTES },
    retention: {
      hours: env.KUBESHARK_RETENTION_HOURS,
      bytes: env.KUBESHARK_RETENTION_BYTES,
      ...(env.KUBESHARK_RETENTION_BODY_HOURS !== undefined && { bodyHours: env.KUBESHARK_RETENTION_BODY_HOURS }),
    },
    durable: env.KUBESHARK_DURABLE,
  };
}
