/** The cluster as the hub knows it: one reflector a kind, and the names made of them. */

import { setInterval } from 'node:timers';
import type { ApiServer } from './api-server.ts';
import { ClusterNames } from './cluster-names.ts';
import { endpointSliceOf, namespaceOf, nodeOf, ownedOf, podOf, serviceOf } from './facts.ts';
import { type Changes, type KubeObject, Reflector, type ReflectorState } from './reflector.ts';

export interface ClusterOptions {
  readonly server: ApiServer;
  /** Namespaces to look at; empty means all of them. */
  readonly namespaces?: readonly string[];
  /** The hub's own. */
  readonly ownNamespace?: string;
  readonly retryMillis?: number;
  /** Microseconds. */
  readonly now?: () => number;
}

export interface KindState {
  readonly kind: string;
  readonly state: ReflectorState;
  readonly reason?: string;
}

interface Kind {
  readonly kind: string;
  /** API group's path and plural: `/apis/apps/v1`, `replicasets`. */
  readonly api: string;
  readonly plural: string;
  readonly isClusterWide?: boolean;
  readonly metadataOnly?: boolean;
  /** Where an API server before 1.21 has it. */
  readonly fallbackApi?: string;
  readonly set: (names: ClusterNames, object: KubeObject, now: number) => void;
  readonly remove: (names: ClusterNames, uid: string, now: number) => void;
}

/** Deployments, stateful sets and daemon sets are named by those they own; asking for them would tell nothing more. */
const kinds: readonly Kind[] = [
  {
    kind: 'pods',
    api: '/api/v1',
    plural: 'pods',
    set: (names, object, now) => names.setPod(podOf(object), now),
    remove: (names, uid, now) => names.removePod(uid, now),
  },
  {
    kind: 'services',
    api: '/api/v1',
    plural: 'services',
    set: (names, object, now) => names.setService(serviceOf(object), now),
    remove: (names, uid, now) => names.removeService(uid, now),
  },
  {
    kind: 'endpointslices',
    api: '/apis/discovery.k8s.io/v1',
    fallbackApi: '/apis/discovery.k8s.io/v1beta1',
    plural: 'endpointslices',
    set: (names, object) => names.setSlice(endpointSliceOf(object)),
    remove: (names, uid) => names.removeSlice(uid),
  },
  {
    kind: 'replicasets',
    api: '/apis/apps/v1',
    plural: 'replicasets',
    metadataOnly: true,
    set: (names, object) => names.setOwned('ReplicaSet', ownedOf(object)),
    remove: (names, uid) => names.removeOwned(uid),
  },
  {
    kind: 'jobs',
    api: '/apis/batch/v1',
    plural: 'jobs',
    metadataOnly: true,
    set: (names, object) => names.setOwned('Job', ownedOf(object)),
    remove: (names, uid) => names.removeOwned(uid),
  },
  {
    kind: 'nodes',
    api: '/api/v1',
    plural: 'nodes',
    isClusterWide: true,
    set: (names, object) => names.setNode(nodeOf(object)),
    remove: (names, uid) => names.removeNode(uid),
  },
  {
    kind: 'namespaces',
    api: '/api/v1',
    plural: 'namespaces',
    isClusterWide: true,
    metadataOnly: true,
    set: (names, object) => names.setNamespace(object.metadata.uid, namespaceOf(object).name),
    remove: (names, uid) => names.removeNamespace(uid),
  },
];

const REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

interface Watched {
  readonly kind: string;
  /** API group; empty for the core. */
  readonly group: string;
  readonly namespace: string | undefined;
  readonly reflector: Reflector;
}

/** How often the past is looked through for what may be forgotten. */
const PRUNE_MILLIS = 60_000;
/** A rollout changes hundreds of pods a second; who listens hears of it this often. */
const CHANGE_MILLIS = 250;

/** Applies a reflector's changes once each: what is older than what is known is left out. */
class Applied implements Changes {
  readonly #versions = new Map<string, string>();
  readonly #set: (object: KubeObject) => void;
  readonly #remove: (uid: string) => void;

  constructor(set: (object: KubeObject) => void, remove: (uid: string) => void) {
    this.#set = set;
    this.#remove = remove;
  }

  replace(objects: readonly KubeObject[]): void {
    const before = new Set(this.#versions.keys());
    this.#versions.clear();
    for (const object of objects) {
      before.delete(object.metadata.uid);
      this.#versions.set(object.metadata.uid, object.metadata.resourceVersion);
      this.#set(object);
    }
    // Last: who has an address now tells when the one before lost it.
    for (const uid of before) this.#remove(uid);
  }

  upsert(object: KubeObject): void {
    const { uid, resourceVersion } = object.metadata;
    const known = this.#versions.get(uid);
    if (known !== undefined && !isNewer(resourceVersion, known)) return;
    this.#versions.set(uid, resourceVersion);
    this.#set(object);
  }

  remove({ metadata: { uid } }: KubeObject): void {
    if (this.#versions.delete(uid)) this.#remove(uid);
  }
}

/** Versions are decimal numbers since Kubernetes 1.35 says so, and have always been. */
const isNewer = (version: string, than: string): boolean =>
  version.length === than.length ? version > than : version.length > than.length;

export class Cluster {
  readonly names = new ClusterNames();
  readonly server: ApiServer;
  readonly #reflectors: readonly Watched[];
  readonly #ownNamespace: string;
  readonly #pruning: NodeJS.Timeout;
  readonly #listeners = new Set<() => void>();
  #changing: NodeJS.Timeout | undefined;

  constructor(options: ClusterOptions) {
    const { server, namespaces = [], retryMillis, now = () => Date.now() * 1000 } = options;
    this.server = server;
    this.#ownNamespace = options.ownNamespace ?? 'kubeshark';
    const places = namespaces.length === 0 ? [''] : namespaces.map((name) => `/namespaces/${name}`);
    const wanted = kinds.filter(({ isClusterWide }) => isClusterWide !== true || namespaces.length === 0);
    this.#reflectors = wanted.flatMap(({ kind, api, fallbackApi, plural, metadataOnly, set, remove }) =>
      places.map((place) => ({
        kind,
        group: api.startsWith('/apis/') ? (api.split('/')[2] ?? '') : '',
        namespace: place.split('/')[2],
        reflector: new Reflector({
          server,
          path: `${api}${place}/${plural}`,
          ...(fallbackApi !== undefined && { fallbackPath: `${fallbackApi}${place}/${plural}` }),
          ...(metadataOnly !== undefined && { metadataOnly }),
          ...(retryMillis !== undefined && { retryMillis }),
          changes: new Applied(
            (object) => {
              set(this.names, object, now());
              this.#changed();
            },
            (uid) => {
              remove(this.names, uid, now());
              this.#changed();
            },
          ),
        }),
      })),
    );
    this.#pruning = setInterval(() => this.names.prune(now()), PRUNE_MILLIS);
    this.#pruning.unref();
  }

  /** Resolves when every kind has been listed once, or refused. */
  async settled(): Promise<void> {
    await Promise.all(this.#reflectors.map(({ reflector }) => reflector.settled));
  }

  /** How it stands with each kind; the worst of its namespaces. */
  get kinds(): readonly KindState[] {
    const worst = new Map<string, KindState>();
    for (const { kind, reflector } of this.#reflectors) {
      const { state, reason } = reflector;
      if (worst.has(kind) && state === 'synced') continue;
      worst.set(kind, { kind, state, ...(reason !== undefined && { reason }) });
    }
    return [...worst.values()];
  }

  /** What the API server says the hub may not, of all it does: `list nodes`, `watch jobs in shop`. */
  async forbidden(signal: AbortSignal): Promise<readonly string[]> {
    const questions = this.#reflectors.flatMap((watched) =>
      (['list', 'watch'] as const).map((verb) => ({ verb, ...watched })),
    );
    const answers = await Promise.all(
      questions.map(async ({ verb, kind, group, namespace }) => {
        const resourceAttributes = { verb, group, resource: kind, ...(namespace !== undefined && { namespace }) };
        const review = {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectAccessReview',
          spec: { resourceAttributes },
        };
        const answer = (await this.server.create(REVIEWS, review, signal)) as { status?: { allowed?: unknown } } | null;
        if (answer?.status?.allowed === true) return [];
        return [`${verb} ${kind}${namespace === undefined ? '' : ` in ${namespace}`}`];
      }),
    );
    return answers.flat();
  }

  /** How many pods a daemon set of the hub's namespace wants; undefined when it does not say. */
  async wantedPods(daemonSet: string, signal: AbortSignal): Promise<number | undefined> {
    const path = `/apis/apps/v1/namespaces/${this.#ownNamespace}/daemonsets/${daemonSet}`;
    const found = (await this.server.json({ path, signal })) as {
      status?: { desiredNumberScheduled?: unknown };
    } | null;
    const wanted = found?.status?.desiredNumberScheduled;
    return typeof wanted === 'number' ? wanted : undefined;
  }

  get requests(): { readonly lists: number; readonly watches: number } {
    const sum = { lists: 0, watches: 0 };
    for (const { reflector } of this.#reflectors) {
      sum.lists += reflector.requests.lists;
      sum.watches += reflector.requests.watches;
    }
    return sum;
  }

  /** Calls `listener` after something has changed; many changes at once are one call. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  close(): void {
    clearInterval(this.#pruning);
    clearTimeout(this.#changing);
    for (const { reflector } of this.#reflectors) reflector.stop();
    this.server.close();
  }

  #changed(): void {
    this.#changing ??= setTimeout(() => {
      this.#changing = undefined;
      for (const listener of this.#listeners) listener();
    }, CHANGE_MILLIS);
  }
}
