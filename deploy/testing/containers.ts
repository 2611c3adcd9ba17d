/**
 * Containers of our images as the kubelet would start them: what the image says (user, environment, command), then what the
 * chart's pod says over it. Run by runc, an OCI runtime (https://github.com/opencontainers/runtime-spec/blob/main/config.md).
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** A built image: its unpacked files and its configuration, as scripts/test-images.ts leaves them. */
export interface BuiltImage {
  readonly root: string;
  readonly config: {
    readonly User?: string;
    readonly Env?: readonly string[];
    readonly WorkingDir?: string;
    readonly Entrypoint?: readonly string[];
    readonly Cmd?: readonly string[];
  };
}

/** The parts of a pod's template that say how its container is run. */
export interface PodSpec {
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly securityContext?: { readonly runAsUser?: number; readonly fsGroup?: number };
  readonly containers: readonly [ContainerSpec];
  readonly volumes?: readonly { readonly name: string; readonly [kind: string]: unknown }[];
}
interface ContainerSpec {
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
  readonly securityContext?: {
    readonly runAsUser?: number;
    readonly readOnlyRootFilesystem?: boolean;
    readonly allowPrivilegeEscalation?: boolean;
    readonly capabilities?: { readonly add?: readonly string[] };
  };
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
}
interface Probe {
  readonly exec?: { readonly command: readonly string[] };
}

export interface RunOptions {
  readonly image: BuiltImage;
  /** Absent for what is run by hand, such as the command. */
  readonly pod?: PodSpec;
  /** Path of the network namespace that is the node's, or the pod's. */
  readonly network: string;
  /** What the chart takes from secrets, fields and services. */
  readonly env?: Readonly<Record<string, string>>;
  /** Words behind the image's entry point. */
  readonly words?: readonly string[];
  /** Files of config maps, by volume and name. */
  readonly files?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const runtime = 'runc';
/** uid of the user `node` of the base image. */
const NODE_USER = 1000;

export class Container {
  readonly id: string;
  readonly #child: ChildProcess;
  readonly #pod: PodSpec | undefined;
  #said = '';
  #printed = '';
  readonly ended: Promise<number | null>;

  constructor(id: string, child: ChildProcess, pod: PodSpec | undefined) {
    this.id = id;
    this.#child = child;
    this.#pod = pod;
    child.stderr?.on('data', (text: Buffer) => {
      this.#said += text.toString();
    });
    child.stdout?.on('data', (text: Buffer) => {
      this.#printed += text.toString();
    });
    this.ended = once(child, 'close').then(([code]) => code as number | null);
  }

  /** What it wrote to standard error, and to standard output. */
  get said(): string {
    return this.#said;
  }

  get printed(): string {
    return this.#printed;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null;
  }

  /** Runs a command inside, as `kubectl exec` does; its exit code and what it says. */
  exec(...command: readonly string[]): { readonly code: number | null; readonly text: string } {
    const { status, stdout, stderr } = spawnSync(runtime, ['exec', this.id, ...command], { encoding: 'utf8' });
    return { code: status, text: `${stdout}${stderr}` };
  }

  /** What the kubelet asks with a probe. */
  probe(which: 'startupProbe' | 'livenessProbe'): boolean {
    const command = this.#pod?.containers[0][which]?.exec?.command;
    if (command === undefined) throw new Error(`no ${which} that runs a command`);
    return this.exec(...command).code === 0;
  }

  /** Asks it to end, as the kubelet does; answers the exit code. */
  stop(): Promise<number | null> {
    spawnSync(runtime, ['kill', this.id, 'TERM']);
    return this.ended;
  }
}

/** Starts a container; it ends with the test. */
export function runContainer(options: RunOptions): Container {
  const folder = mkdtempSync(path.join(tmpdir(), 'kubeshark-container-'));
  const id = path.basename(folder);
  const { image, words, pod } = options;
  const { Entrypoint = [], Cmd = [] } = image.config;
  const bundle = path.join(folder, 'bundle');
  mkdirSync(bundle);
  writeFileSync(
    path.join(bundle, 'config.json'),
    JSON.stringify(configOf(options, { args: [...Entrypoint, ...(words ?? Cmd)], folder })),
  );
  const child = spawn(runtime, ['run', '--bundle', bundle, id], { stdio: ['ignore', 'pipe', 'pipe'] });
  const container = new Container(id, child, pod);
  onTestFinished(async () => {
    spawnSync(runtime, ['delete', '--force', id]);
    await container.ended;
    rmSync(folder, { recursive: true, force: true });
  });
  return container;
}

function configOf(
  { image, pod, network, env = {}, files = {} }: RunOptions,
  { args, folder }: { readonly args: readonly string[]; readonly folder: string },
): object {
  const container = pod?.containers[0];
  const security = container?.securityContext;
  const uid = security?.runAsUser ?? pod?.securityContext?.runAsUser ?? (image.config.User === 'node' ? NODE_USER : 0);
  const gid = pod?.securityContext?.fsGroup ?? uid;
  const capabilities = (security?.capabilities?.add ?? []).map((name) => `CAP_${name}`);
  // A user who is not root has what is granted only by the files it runs: none.
  const held = uid === 0 ? capabilities : [];
  const given = (container?.env ?? []).flatMap(({ name, value }) => (value === undefined ? [] : [`${name}=${value}`]));
  const asked = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return {
    ociVersion: '1.0.2',
    hostname: 'kubeshark',
    root: { path: image.root, readonly: security?.readOnlyRootFilesystem ?? true },
    process: {
      args,
      cwd: image.config.WorkingDir ?? '/',
      // The last of a name counts.
      env: [
        ...new Map(
          [...(image.config.Env ?? []), ...given, ...asked].map((line) => [line.split('=')[0], line]),
        ).values(),
      ],
      user: { uid, gid },
      noNewPrivileges: security?.allowPrivilegeEscalation !== true,
      capabilities: { bounding: capabilities, effective: held, permitted: held },
    },
    mounts: [...systemMounts, ...volumesOf(pod, { folder, files, gid })],
    linux: {
      namespaces: [
        { type: 'mount' },
        { type: 'ipc' },
        { type: 'uts' },
        { type: 'network', path: network },
        ...(pod?.hostPID === true ? [] : [{ type: 'pid' }]),
      ],
    },
  };
}

const systemMounts = [
  { destination: '/proc', type: 'proc', source: 'proc' },
  { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755'] },
  { destination: '/sys', type: 'none', source: '/sys', options: ['rbind', 'ro'] },
];

interface VolumeOptions {
  readonly folder: string;
  readonly files: NonNullable<RunOptions['files']>;
  readonly gid: number;
}

/** Every volume as a folder of its own; claims and emptyDirs belong to the pod's group, as the kubelet makes them. */
function volumesOf(pod: PodSpec | undefined, { folder, files, gid }: VolumeOptions): readonly object[] {
  for (const { name } of pod?.volumes ?? []) {
    const place = path.join(folder, name);
    mkdirSync(place);
    chownSync(place, 0, gid);
    chmodSync(place, 0o2777);
    for (const [file, text] of Object.entries(files[name] ?? {})) writeFileSync(path.join(place, file), text);
  }
  return (pod?.containers[0].volumeMounts ?? []).map(({ name, mountPath, readOnly = false }) => ({
    destination: mountPath,
    type: 'none',
    source: path.join(folder, name),
    options: ['rbind', readOnly ? 'ro' : 'rw'],
  }));
}
