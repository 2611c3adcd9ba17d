/**
 * Keeps a copy of one kind of object up to date: one list, then one watch that goes on from where the list ended.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */

import type { IncomingMessage } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { type ApiServer, ApiServerError } from './api-server.ts';

export interface KubeObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly [more: string]: unknown;
  };
  readonly [part: string]: unknown;
}

export interface Changes {
  /** A whole list: what is not in it is gone. */
  replace(objects: readonly KubeObject[]): void;
  upsert(object: KubeObject): void;
  remove(object: KubeObject): void;
}

export type ReflectorState = 'starting' | 'synced' | 'denied' | 'failed';

export interface ReflectorOptions {
  readonly server: ApiServer;
  /** `/api/v1/pods`, `/apis/apps/v1/namespaces/shop/replicasets` */
  readonly path: string;
  /** Asked when the server does not know the path. */
  readonly fallbackPath?: string;
  /** Only metadata comes over the wire: enough for owners. */
  readonly metadataOnly?: boolean;
  readonly changes: Changes;
  /** First wait after a failure; doubled up to a minute. Shorter in tests. */
  readonly retryMillis?: number;
}

/** Objects of one page: a page of ordinary pods is some 4 MB. */
const PAGE_OBJECTS = 500;
/** The server ends a watch after this; spread, so that kinds do not come back together. */
const WATCH_SECONDS = 300;
/** A server that has not ended it by then is gone, whatever TCP believes. */
const WATCH_GRACE_MILLIS = 30_000;
/** etcd takes objects of 1.5 MB; a longer line is none. */
const MAX_EVENT_BYTES = 4 * 1024 * 1024;
const RETRY_MILLIS = 1_000;
const MAX_RETRY_MILLIS = 60_000;

const PARTIAL = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';
const PARTIAL_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

export class Reflector {
  readonly #options: ReflectorOptions;
  readonly #stop = new AbortController();
  #path: string;
  #resourceVersion: string | undefined;
  #state: ReflectorState = 'starting';
  #reason: string | undefined;
  /** Requests made, for those who watch the API server's load. */
  readonly requests = { lists: 0, watches: 0 };
  readonly #synced = Promise.withResolvers<void>();

  constructor(options: ReflectorOptions) {
    this.#options = options;
    this.#path = options.path;
    void this.#run();
  }

  get state(): ReflectorState {
    return this.#state;
  }

  /** What the server said last, when the state is not `synced`. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** Resolves when the first list is there, or the server has refused to give one. */
  get settled(): Promise<void> {
    return this.#synced.promise;
  }

  stop(): void {
    this.#stop.abort();
    this.#synced.resolve();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const { retryMillis = RETRY_MILLIS } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      try {
        if (this.#resourceVersion === undefined) await this.#list();
        await this.#watch();
        // A watch that brought nothing and broke at once would otherwise be asked for in a tight loop.
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        this.#note(error);
        failures += 1;
        const asked = error instanceof ApiServerError ? (error.retryAfter ?? 0) * 1000 : 0;
        const wait = Math.min(MAX_RETRY_MILLIS, retryMillis * 2 ** (failures - 1)) * (0.75 + Math.random() / 2);
        await setTimeout(Math.max(asked, wait), undefined, { signal }).catch(() => undefined);
      }
    }
  }

  #note(error: unknown): void {
    this.#reason = error instanceof Error ? error.message : String(error);
    const status = error instanceof ApiServerError ? error.status : 0;
    if (status === 410) {
      // What came since is forgotten: begin anew.
      this.#resourceVersion = undefined;
      return;
    }
    const { path, fallbackPath } = this.#options;
    if (status === 404 && fallbackPath !== undefined) this.#path = this.#path === path ? fallbackPath : path;
    this.#state = status === 403 || status === 401 ? 'denied' : 'failed';
    if (this.#state === 'denied') this.#synced.resolve();
  }

  async #list(): Promise<void> {
    const { server, metadataOnly, changes } = this.#options;
    const objects: KubeObject[] = [];
    let next = '';
    let version = '';
    do {
      const query = new URLSearchParams({ limit: String(PAGE_OBJECTS), ...(next !== '' && { continue: next }) });
      if (next === '') this.requests.lists += 1;
      const page = (await server.json({
        path: `${this.#path}?${query.toString()}`,
        signal: this.#stop.signal,
        ...(metadataOnly && { accept: PARTIAL_LIST }),
      })) as { items?: unknown; metadata?: { resourceVersion?: unknown; continue?: unknown } } | null;
      // A list of metadata only, of nothing, has null for its items.
      const items = page?.items === null ? [] : page?.items;
      if (!Array.isArray(items)) throw new Error('the API server’s list is none');
      for (const item of items) if (isObject(item)) objects.push(item);
      next = typeof page?.metadata?.continue === 'string' ? page.metadata.continue : '';
      version = typeof page?.metadata?.resourceVersion === 'string' ? page.metadata.resourceVersion : '';
    } while (next !== '');
    changes.replace(objects);
    this.#resourceVersion = version;
    this.#state = 'synced';
    this.#reason = undefined;
    this.#synced.resolve();
  }

  async #watch(): Promise<void> {
    const { server, metadataOnly } = this.#options;
    const seconds = Math.round(WATCH_SECONDS * (1 + Math.random()));
    const query = new URLSearchParams({
      watch: '1',
      allowWatchBookmarks: 'true',
      resourceVersion: this.#resourceVersion ?? '',
      timeoutSeconds: String(seconds),
    });
    const tooLong = AbortSignal.timeout(seconds * 1000 + WATCH_GRACE_MILLIS);
    const signal = AbortSignal.any([this.#stop.signal, tooLong]);
    this.requests.watches += 1;
    const answer = await server.open({
      path: `${this.#path}?${query.toString()}`,
      signal,
      ...(metadataOnly && { accept: PARTIAL }),
    });
    this.#state = 'synced';
    this.#reason = undefined;
    const before = this.#resourceVersion;
    for await (const line of linesOf(answer)) this.#event(line);
    if (this.#resourceVersion === before) await setTimeout(100, undefined, { signal: this.#stop.signal });
  }

  #event(line: string): void {
    const { type, object } = JSON.parse(line) as { type?: unknown; object?: unknown };
    if (type === 'ERROR') {
      const { code = 500, message = 'the watch failed' } = (object ?? {}) as { code?: number; message?: string };
      throw new ApiServerError(code, message);
    }
    const version = versionOf(object);
    if (version !== undefined) this.#resourceVersion = version;
    if (type === 'BOOKMARK' || !isObject(object)) return;
    if (type === 'DELETED') this.#options.changes.remove(object);
    else if (type === 'ADDED' || type === 'MODIFIED') this.#options.changes.upsert(object);
  }
}

function versionOf(object: unknown): string | undefined {
  const version = (object as { metadata?: { resourceVersion?: unknown } } | null)?.metadata?.resourceVersion;
  return typeof version === 'string' && version !== '' ? version : undefined;
}

/** The parts everything else relies on; an object without them is left out. */
function isObject(value: unknown): value is KubeObject {
  const { metadata } = (value ?? {}) as { metadata?: { name?: unknown; uid?: unknown } };
  return typeof metadata?.name === 'string' && typeof metadata.uid === 'string' && versionOf(value) !== undefined;
}

/** Lines of a watch. Throws when one is longer than any object. */
async function* linesOf(answer: IncomingMessage): AsyncGenerator<string> {
  let parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      parts.push(chunk.subarray(from, end));
      yield Buffer.concat(parts).toString();
      parts = [];
      size = 0;
      from = end + 1;
    }
    const rest = chunk.subarray(from);
    size += rest.length;
    if (size > MAX_EVENT_BYTES) {
      answer.destroy();
      throw new Error(`an event is larger than ${MAX_EVENT_BYTES} bytes`);
    }
    if (rest.length > 0) parts.push(rest);
  }
}
