/**
 * An API server that lists and watches as a real one does: pages, bookmarks, 410 for what is forgotten, refusals. What it says
 * around objects is what a real one said (recorded.ts); the tests of `api-servers.test.ts` hold both to the same answers.
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RecordedAnswers } from './recorded.ts';

const answers = new RecordedAnswers();

interface Stored {
  readonly metadata: {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly namespace?: string;
    readonly [more: string]: unknown;
  };
  readonly [part: string]: unknown;
}
interface Happened {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly plural: string;
  readonly object: Stored;
}
interface Watcher {
  readonly plural: string;
  readonly namespace: string | undefined;
  readonly metadataOnly: boolean;
  readonly response: ServerResponse;
}

/** What a test gives; the server adds what a real one adds. */
export interface GivenObject {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [more: string]: unknown };
  readonly [part: string]: unknown;
}

export class FakeApiServer {
  readonly #server = createServer((request, response) => this.#answer(request, response));
  readonly #objects = new Map<string, Map<string, Stored>>();
  readonly #watchers = new Set<Watcher>();
  #events: Happened[] = [];
  #version = 100;
  /** Events at and before this version are forgotten. */
  #compacted = 0;
  /** Kinds that may not be read. */
  readonly denied = new Set<string>();
  /** Addresses asked for, in order. */
  readonly requests: string[] = [];
  /** Answers 503 to everything. */
  isDown = false;

  static async start(port = 0): Promise<FakeApiServer> {
    const fake = new FakeApiServer();
    await new Promise<void>((resolve) => {
      fake.#server.listen(port, '127.0.0.1', resolve);
    });
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Makes or replaces an object. */
  set(plural: string, object: GivenObject): void {
    const key = `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
    const objects = this.#objects.get(plural) ?? new Map<string, Stored>();
    this.#objects.set(plural, objects);
    const before = objects.get(key);
    this.#version += 1;
    const stored: Stored = {
      ...object,
      metadata: {
        uid: before?.metadata.uid ?? `uid-${this.#version}`,
        creationTimestamp: new Date().toISOString(),
        ...object.metadata,
        resourceVersion: String(this.#version),
      },
    };
    objects.set(key, stored);
    this.#happen({ type: before === undefined ? 'ADDED' : 'MODIFIED', plural, object: stored });
  }

  delete(plural: string, name: string, namespace = ''): void {
    const objects = this.#objects.get(plural);
    const before = objects?.get(`${namespace}/${name}`);
    if (before === undefined) return;
    objects?.delete(`${namespace}/${name}`);
    this.#version += 1;
    const object = { ...before, metadata: { ...before.metadata, resourceVersion: String(this.#version) } };
    this.#happen({ type: 'DELETED', plural, object });
  }

  /** Sends a line to those who watch, whatever it says. */
  say(plural: string, line: string): void {
    for (const watcher of this.#watchers) if (watcher.plural === plural) watcher.response.write(`${line}\n`);
  }

  bookmark(): void {
    const line = `${JSON.stringify(answers.bookmark(String(this.#version)))}\n`;
    for (const { response } of this.#watchers) response.write(line);
  }

  /** Breaks every watch, as a server that restarts does. */
  disconnect(): void {
    for (const { response } of this.#watchers) response.destroy();
    this.#watchers.clear();
  }

  /** Forgets what has happened: a watch from before is answered 410. */
  compact(): void {
    this.#compacted = this.#version;
    this.#events = [];
  }

  get watching(): number {
    return this.#watchers.size;
  }

  #happen(event: Happened): void {
    this.#events.push(event);
    for (const watcher of this.#watchers) this.#send(watcher, event);
  }

  #send({ plural, namespace, metadataOnly, response }: Watcher, event: Happened): void {
    if (event.plural !== plural) return;
    if (namespace !== undefined && event.object.metadata.namespace !== namespace) return;
    const object = metadataOnly ? metadataOf(event.object) : event.object;
    response.write(`${JSON.stringify({ type: event.type, object })}\n`);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://server');
    this.requests.push(request.url ?? '');
    const [, namespace] = /\/namespaces\/([^/]+)\/[^/]+$/.exec(pathname) ?? [];
    const plural = pathname.split('/').at(-1) ?? '';
    const metadataOnly = request.headers.accept?.includes('as=PartialObjectMetadata') === true;
    if (this.isDown) return refuse(response, 503, 'the server is currently unable to handle the request');
    if (plural === 'selfsubjectaccessreviews') return void this.#review(request, response);
    const [, place = '', of = '', name = ''] = /\/namespaces\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(pathname) ?? [];
    if (name !== '') return this.#get(response, this.#objects.get(of)?.get(`${place}/${name}`));
    if (this.denied.has(plural)) {
      response.writeHead(403, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answers.forbidden(plural)));
      return;
    }
    if (searchParams.get('watch') === '1')
      return this.#watch({ plural, namespace, metadataOnly, response }, Number(searchParams.get('resourceVersion')));
    return this.#list({ plural, namespace, metadataOnly, response }, searchParams);
  }

  #get(response: ServerResponse, object: Stored | undefined): void {
    if (object === undefined) return refuse(response, 404, 'not found');
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(object));
  }

  #list({ plural, namespace, metadataOnly, response }: Watcher, query: URLSearchParams): void {
    const all = [...(this.#objects.get(plural)?.values() ?? [])].filter(
      ({ metadata }) => namespace === undefined || metadata.namespace === namespace,
    );
    const from = Number(query.get('continue') ?? 0);
    const to = from + Number(query.get('limit') ?? all.length);
    // An object of a list does not say its kind again; one of which there is only metadata does.
    const items = all.slice(from, to).map((object) => (metadataOnly ? metadataOf(object) : withoutKind(object)));
    const metadata = { resourceVersion: String(this.#version), ...(to < all.length && { continue: String(to) }) };
    response.writeHead(200, { 'content-type': 'application/json' });
    // As Go writes a list that nobody made.
    const written = metadataOnly && items.length === 0 ? null : items;
    response.end(JSON.stringify({ ...answers.list(plural, metadataOnly), metadata, items: written }));
  }

  #watch(watcher: Watcher, since: number): void {
    const { response } = watcher;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    if (since < this.#compacted) {
      response.end(`${JSON.stringify(answers.gone)}\n`);
      return;
    }
    for (const event of this.#events)
      if (Number(event.object.metadata.resourceVersion) > since) this.#send(watcher, event);
    this.#watchers.add(watcher);
    response.on('close', () => this.#watchers.delete(watcher));
  }

  async #review(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const { spec } = JSON.parse(text) as { spec: { resourceAttributes: { resource: string } } };
    const allowed = !this.denied.has(spec.resourceAttributes.resource);
    response.writeHead(201, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ spec, status: { allowed } }));
  }
}

const withoutKind = ({ kind: _kind, apiVersion: _apiVersion, ...object }: Stored) => object;

const metadataOf = ({ metadata }: Stored) => ({
  kind: 'PartialObjectMetadata',
  apiVersion: 'meta.k8s.io/v1',
  metadata,
});

function refuse(response: ServerResponse, code: number, message: string): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ kind: 'Status', status: 'Failure', code, message }));
}
