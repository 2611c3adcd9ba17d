/** Recorded calls → what is sent: which of them, where to, with which headers. Nothing is sent to a host that was not named. */

import type { Entry } from '@kubeshark/model';
import { bodyBytes, headerOf, headerPairs, httpMethodOf, isHttp, targetOf } from '@kubeshark/recording';
import type { Fields, PlannedCall } from './call.ts';
import type { PlanOptions, SkipReason } from './options.ts';

/** Calls of a plan: they are in memory, so that they can be sent in the order they began. */
const MAX_CALLS = 1_000_000;
/** Bytes of all bodies of a plan. */
const MAX_BODY_BYTES = 1024 ** 3;
/** What redaction leaves in place of a secret; sent as it is it would only be refused. */
const REDACTED = '[REDACTED]';

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Of one connection, or made by whoever sends. */
const ownHeaders = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'content-length',
  'content-encoding',
  'upgrade',
  'host',
  'te',
  'expect',
  'http2-settings',
  'accept-encoding',
]);

export interface Plan {
  readonly calls: readonly PlannedCall[];
  readonly skipped: ReadonlyMap<SkipReason, number>;
  /** Names of headers that were left out because their value was redacted, and how often. */
  readonly redacted: ReadonlyMap<string, number>;
  /** Recorded hosts of the calls that go to the target; more than one needs `mapHost`. */
  readonly hosts: ReadonlyMap<string, number>;
}

export class PlanError extends Error {
  override readonly name = 'PlanError';
}

/** Throws a PlanError when calls of several hosts would go to one target. */
export async function planReplay(batches: AsyncIterable<readonly Entry[]>, options: PlanOptions): Promise<Plan> {
  const planner = new Planner(options);
  for await (const entries of batches) for (const entry of entries) planner.add(entry);
  return planner.finish();
}

class Planner {
  readonly #options: PlanOptions;
  readonly #target: string;
  readonly #origins: ReadonlyMap<string, string>;
  readonly #skipped = new Map<SkipReason, number>();
  readonly #redacted = new Map<string, number>();
  readonly #hosts = new Map<string, number>();
  readonly #taken: Entry[] = [];
  /** Messages of WebSockets by their connection. */
  readonly #messages = new Map<string, Entry[]>();
  #bodyBytes = 0;

  constructor(options: PlanOptions) {
    this.#options = options;
    this.#target = originOf(options.target);
    const mapped = Object.entries(options.mapHost ?? {});
    this.#origins = new Map(mapped.map(([host, origin]) => [host.toLowerCase(), originOf(origin)]));
  }

  add(entry: Entry): void {
    const { filter = () => true } = this.#options;
    if (!filter(entry)) return this.#skip('left out by the filter');
    if (entry.protocols.includes('ws')) {
      const messages = this.#messages.get(entry.connection.id) ?? [];
      messages.push(entry);
      this.#messages.set(entry.connection.id, messages);
      return;
    }
    const reason = this.#whyNot(entry);
    if (reason !== undefined) return this.#skip(reason);
    this.#taken.push(entry);
  }

  finish(): Plan {
    const taken = this.#taken.toSorted((a, b) => a.timestamp - b.timestamp);
    const first = taken[0]?.timestamp ?? 0;
    const calls = taken.map((entry, index) => this.#call(entry, index, (entry.timestamp - first) / 1000));
    if (this.#hosts.size > 1) throw new PlanError(severalHosts(this.#hosts));
    for (const [id, messages] of this.#messages)
      if (!taken.some((entry) => entry.connection.id === id && isUpgrade(entry)))
        for (const _ of messages) this.#skip('its request was not seen');
    return { calls, skipped: this.#skipped, redacted: this.#redacted, hosts: this.#hosts };
  }

  #whyNot(entry: Entry): SkipReason | undefined {
    const { methods, allowWrites = false, sample = 1, maxCalls = MAX_CALLS } = this.#options;
    if (!isHttp(entry) || entry.protocols.includes('sse')) return 'not HTTP or WebSocket';
    const { request } = entry;
    if (request === null) return 'its request was not seen';
    const method = httpMethodOf(entry).toUpperCase();
    if (methods !== undefined && !methods.includes(method)) return 'left out by its method';
    if (!allowWrites && !isRead(entry, method)) return 'would change something (--allow-writes)';
    if (request.body?.truncated === true) return 'its body was cut when it was captured';
    if (!isSampled(entry, sample)) return 'left out by the sample';
    this.#bodyBytes += request.body?.size ?? 0;
    if (this.#taken.length >= maxCalls || this.#bodyBytes > MAX_BODY_BYTES) return 'beyond the limit of a plan';
    return undefined;
  }

  #call(entry: Entry, index: number, offset: number): PlannedCall {
    const isSocket = isUpgrade(entry);
    const messages = isSocket ? (this.#messages.get(entry.connection.id) ?? []) : [];
    const begun = entry.timestamp + (entry.latency ?? 0) * 1000;
    const textOf = ({ request, response }: Entry) => (request ?? response)?.body?.text ?? '';
    const texts = messages.filter((message) => (message['ws'] as { opcode?: string } | undefined)?.opcode === 'text');
    return {
      index,
      entry,
      connection: entry.connection.id,
      offset,
      transport: isSocket ? 'websocket' : isHttp2(entry) ? 'http2' : 'http1',
      origin: this.#originFor(entry),
      method: httpMethodOf(entry),
      target: targetOf(entry),
      headers: this.#headers(entry),
      body: bodyBytes(entry.request?.body),
      messages: texts
        .filter(({ request }) => request !== null)
        .map((message) => ({ offset: Math.max(0, message.timestamp - begun) / 1000, text: textOf(message) })),
      answers: texts.filter(({ request }) => request === null).map(textOf),
    };
  }

  #originFor(entry: Entry): string {
    const host = hostOf(entry);
    const mapped = this.#origins.get(host) ?? this.#origins.get(host.replace(/:\d+$/, ''));
    if (mapped !== undefined) return mapped;
    this.#hosts.set(host, (this.#hosts.get(host) ?? 0) + 1);
    return this.#target;
  }

  #headers({ request }: Entry): Fields {
    const { setHeaders = {}, dropHeaders = [] } = this.#options;
    const set = new Map(
      Object.entries(setHeaders).map(([name, value]) => [name.toLowerCase(), [name, value] as const]),
    );
    const kept = headerPairs(request?.headers).filter(([name, value]) => {
      const key = name.toLowerCase();
      if (key.startsWith(':') || key.startsWith('sec-websocket-') || ownHeaders.has(key)) return false;
      if (dropHeaders.includes(key) || set.has(key)) return false;
      if (!value.includes(REDACTED)) return true;
      this.#redacted.set(key, (this.#redacted.get(key) ?? 0) + 1);
      return false;
    });
    return [...kept, ...set.values()];
  }

  #skip(reason: SkipReason): void {
    this.#skipped.set(reason, (this.#skipped.get(reason) ?? 0) + 1);
  }
}

function originOf(text: string): string {
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  if (url !== null && /^https?:$/.test(url.protocol) && url.hostname !== '') return url.origin;
  throw new PlanError(`${text} is no address of a server; write http://staging:8080`);
}

/** The host a call was for: what its request said, else where it went. */
function hostOf(entry: Entry): string {
  const said = headerOf(entry.request?.headers, ':authority') ?? headerOf(entry.request?.headers, 'host');
  const fromUrl = URL.parse(entry.request?.url ?? '')?.host;
  return (said ?? fromUrl ?? `${entry.dst.ip}:${entry.dst.port}`).toLowerCase();
}

const severalHosts = (hosts: ReadonlyMap<string, number>): string => {
  const list = [...hosts].toSorted(([, a], [, b]) => b - a).map(([host, count]) => `${host} (${count} calls)`);
  return `The recording has calls to several hosts: ${list.slice(0, 10).join(', ')}. Choose one with --filter, or say where each goes with --map-host ${[...hosts.keys()][0]}=http://…`;
};

const isHttp2 = ({ protocols, request }: Entry): boolean =>
  protocols.includes('http2') || protocols.includes('grpc') || request?.['httpVersion'] === '2';

const isUpgrade = (entry: Entry): boolean =>
  entry.status === 101 && headerOf(entry.request?.headers, 'upgrade')?.toLowerCase() === 'websocket';

/** A GraphQL query is a POST that only reads. */
const isRead = (entry: Entry, method: string): boolean =>
  (safeMethods.has(method) && !isUpgrade(entry)) || entry.request?.['operationType'] === 'query';

/** By the id, so that the same calls are chosen each time. */
function isSampled({ id }: Entry, share: number): boolean {
  if (share >= 1) return true;
  // Multiplicative hashing (Knuth, TAOCP 6.4) spreads neighbouring ids over the whole range.
  return (Number((BigInt(id) >> 12n) & 0xffffffffn) * 2654435761) % 2 ** 32 < share * 2 ** 32;
}
