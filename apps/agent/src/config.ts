/** The agent's settings, read from the environment once. */

import { homedir, hostname } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { MIN_RING_BYTES } from './ring/raw-ring.ts';
import { type PacketCapture, packetCaptures } from './sources/live.ts';
import { ANY_INTERFACE, DEFAULT_SNAP_LENGTH } from './sources/source.ts';

const commas = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);
const list = z.string().transform((text) => text.split('\n').filter((item) => item !== ''));

const Environment = z.object({
  KUBESHARK_HUB_URL: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1:8899'),
  KUBESHARK_AGENT_TOKEN: z.string().min(1).optional(),
  /** Name of this machine; in a cluster the node's name. */
  KUBESHARK_NODE: z.string().min(1).max(253).default(hostname()),
  /** Where entries wait on disk while the hub is away. */
  KUBESHARK_SPOOL_DIR: z
    .string()
    .min(1)
    .default(path.join(homedir(), '.kubeshark', 'spool')),
  /** Bytes of captured packets kept on disk, oldest out, and where; without the first none are kept. */
  KUBESHARK_RING_BYTES: z.coerce.number().int().min(MIN_RING_BYTES).optional(),
  KUBESHARK_RING_DIR: z
    .string()
    .min(1)
    .default(path.join(homedir(), '.kubeshark', 'ring')),
  /** Capture files to read instead of an interface, one a line. */
  KUBESHARK_READ: list.default([]),
  /** How packets are taken: the capture helper, tcpdump, or the first of the two that works. */
  KUBESHARK_PACKET_CAPTURE: z.enum(packetCaptures).default('best'),
  /** Interfaces to capture on, separated by commas; `any` is all of them. */
  KUBESHARK_INTERFACE: commas.pipe(z.array(z.string()).min(1).max(16)).default([ANY_INTERFACE]),
  /** What is captured, in libpcap's filter language (man 7 pcap-filter). */
  KUBESHARK_PACKET_FILTER: z.string().min(1).optional(),
  /** Bytes kept of each packet. */
  KUBESHARK_SNAP_LENGTH: z.coerce.number().int().min(96).max(DEFAULT_SNAP_LENGTH).optional(),
  /** A ready-made capture helper, and where one is kept that was built here. */
  KUBESHARK_HELPER: z.string().min(1).optional(),
  KUBESHARK_HELPER_DIR: z
    .string()
    .min(1)
    .default(path.join(homedir(), '.kubeshark', 'helper')),
  /** TLS key logs (SSLKEYLOGFILE), followed as they grow, and RSA private keys, one file a line. */
  KUBESHARK_TLS_KEYS: list.default([]),
  /** Bytes kept of each body. */
  KUBESHARK_MAX_CAPTURED_SIZE: z.coerce.number().int().min(0).optional(),
  /** `stdout` prints entries, one a line, instead of shipping them. */
  KUBESHARK_OUTPUT: z.enum(['hub', 'stdout']).default('hub'),
  /** Written every 5 seconds while the agent works; a cluster restarts an agent whose file grows old. */
  KUBESHARK_HEARTBEAT_FILE: z.string().min(1).optional(),
  KUBESHARK_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

export interface Config {
  readonly hubUrl: string;
  readonly token: string | undefined;
  readonly node: string;
  readonly spoolDir: string;
  readonly read: readonly string[];
  readonly packetCapture: PacketCapture;
  readonly interfaces: readonly string[];
  readonly packetFilter: string | undefined;
  readonly snapLength: number | undefined;
  readonly ring: { readonly budgetBytes: number; readonly directory: string } | undefined;
  readonly helper: { readonly program: string | undefined; readonly directory: string };
  readonly tlsKeys: readonly string[];
  readonly maxCapturedSize: number | undefined;
  readonly output: 'hub' | 'stdout';
  readonly heartbeatFile: string | undefined;
  readonly logLevel: string;
}

/** The settings, or one sentence for each that is wrong. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config | { faults: string[] } {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = Environment.safeParse(present);
  if (!parsed.success)
    return { faults: parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) };
  const env = parsed.data;
  return {
    hubUrl: env.KUBESHARK_HUB_URL,
    token: env.KUBESHARK_AGENT_TOKEN,
    node: env.KUBESHARK_NODE,
    spoolDir: env.KUBESHARK_SPOOL_DIR,
    read: env.KUBESHARK_READ,
    packetCapture: env.KUBESHARK_PACKET_CAPTURE,
    interfaces: env.KUBESHARK_INTERFACE,
    packetFilter: env.KUBESHARK_PACKET_FILTER,
    snapLength: env.KUBESHARK_SNAP_LENGTH,
    ring:
      env.KUBESHARK_RING_BYTES === undefined
        ? undefined
        : { budgetBytes: env.KUBESHARK_RING_BYTES, directory: env.KUBESHARK_RING_DIR },
    helper: { program: env.KUBESHARK_HELPER, directory: env.KUBESHARK_HELPER_DIR },
    tlsKeys: env.KUBESHARK_TLS_KEYS,
    maxCapturedSize: env.KUBESHARK_MAX_CAPTURED_SIZE,
    output: env.KUBESHARK_OUTPUT,
    heartbeatFile: env.KUBESHARK_HEARTBEAT_FILE,
    logLevel: env.KUBESHARK_LOG_LEVEL,
  };
}
