/** `/api/live` (WebSocket) and `/api/live/sse`: entries as they come in. */

import type { ServerResponse } from 'node:http';
import { setInterval } from 'node:timers';
import {
  type Diagnostic,
  errorTable,
  LiveClientMessage,
  LivePosition,
  type LiveServerMessage,
  Query,
} from '@kubeshark/contract';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Access } from '../../access/access.ts';
import { HubError } from '../../errors.ts';
import type { LiveBus } from '../../live-bus/live-bus.ts';
import { FLUSH_EVERY_MILLIS, type LiveClient, Subscription } from './subscription.ts';

export interface LiveRoutesOptions {
  readonly bus: LiveBus;
}

/** A subscribe message with the longest query, and room. */
const MAX_MESSAGE_BYTES = 64 * 1024;
/** Proxies close a connection that says nothing for a minute. */
const PING_MILLIS = 30_000;
/** Streams at once; each costs its predicate for every entry. */
const MAX_STREAMS = 1_000;

/** A line that is no event: it keeps proxies from closing the connection. */
const SSE_COMMENT = ':\n\n';
const POSITION = '"position":"';

const SseQuery = z.object({ q: Query.default(''), resumeFrom: LivePosition.optional() });

/** All open streams, flushed by one timer that runs only while there are some. */
class Streams {
  readonly #open = new Set<Subscription>();
  readonly #bus: LiveBus;
  #leave: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(bus: LiveBus) {
    this.#bus = bus;
  }

  add(subscription: Subscription): void {
    this.#open.add(subscription);
    this.#leave ??= this.#join();
    this.#timer ??= setInterval(() => {
      const now = performance.now();
      for (const stream of this.#open) stream.flush(now);
    }, FLUSH_EVERY_MILLIS);
  }

  #join(): () => void {
    const leaveItems = this.#bus.subscribe((items) => {
      for (const stream of this.#open) stream.offer(items);
    });
    const leaveCorrections = this.#bus.onCorrection((corrections) => {
      for (const stream of this.#open) stream.correct(corrections);
    });
    return () => {
      leaveItems();
      leaveCorrections();
    };
  }

  get isFull(): boolean {
    return this.#open.size >= MAX_STREAMS;
  }

  remove(subscription: Subscription): void {
    this.#open.delete(subscription);
    if (this.#open.size > 0) return;
    clearInterval(this.#timer);
    this.#leave?.();
    this.#timer = undefined;
    this.#leave = undefined;
  }
}

interface Begin {
  readonly access: Access;
  readonly query: string;
  readonly resumeFrom: string | undefined;
}

export const liveRoutes: FastifyPluginAsync<LiveRoutesOptions> = async (app, { bus }) => {
  const streams = new Streams(bus);
  const eventStreams = new Set<ServerResponse>();

  /** Opens a stream for a client, telling it the state first. */
  const begin = (client: LiveClient, { access, query, resumeFrom }: Begin): Subscription => {
    const { matches, warnings } = access.compile(query);
    const subscription = new Subscription({ bus, client, matches });
    const resumed = resumeFrom === undefined ? undefined : subscription.resumeFrom(resumeFrom);
    if (resumed !== 'exact') subscription.begin();
    const state: LiveServerMessage = {
      type: 'state',
      mode: subscription.mode,
      position: subscription.position,
      ...(resumed && { resumed }),
      ...(warnings.length > 0 && { diagnostics: [...warnings] }),
    };
    client.send(JSON.stringify(state));
    streams.add(subscription);
    return subscription;
  };

  /** Refused before the upgrade, so that a client sees a status and a code. */
  const preValidation = async ({ access }: FastifyRequest) => access.require('read');

  app.get('/api/live', { websocket: true, schema: { hide: true }, preValidation }, (socket, request) => {
    const { access } = request;
    let subscription: Subscription | undefined;
    const client: LiveClient = {
      get backlog() {
        return socket.bufferedAmount;
      },
      send: (text) => socket.send(text),
    };
    const pinging = setInterval(() => socket.ping(), PING_MILLIS);
    const end = () => {
      if (subscription !== undefined) streams.remove(subscription);
      subscription = undefined;
    };
    const fail = (message: Extract<LiveServerMessage, { type: 'error' }>) => {
      client.send(JSON.stringify(message));
      if (message.fatal) socket.close(1008);
    };

    socket.on('message', (data) => {
      const message = readMessage((data as Buffer).subarray(0, MAX_MESSAGE_BYTES).toString());
      if (message === undefined) {
        fail({ type: 'error', code: 'KS_BAD_MESSAGE', message: errorTable.KS_BAD_MESSAGE.meaning, fatal: true });
        return;
      }
      if (message.type === 'pause') return subscription?.pause();
      if (message.type === 'resume') return subscription?.resume();
      end();
      if (streams.isFull) {
        fail({ type: 'error', code: 'KS_RATE_LIMITED', message: 'Too many live streams are open.', fatal: true });
        return;
      }
      try {
        subscription = begin(client, { access, query: message.query, resumeFrom: message.resumeFrom });
      } catch (error) {
        if (!(error instanceof HubError)) throw error;
        const { diagnostics } = (error.details ?? {}) as { diagnostics?: Diagnostic[] };
        const { code, message: why } = error;
        fail({ type: 'error', code, message: why, fatal: false, ...(diagnostics && { diagnostics }) });
      }
    });
    socket.on('close', () => {
      clearInterval(pinging);
      end();
    });
    socket.on('error', (error) => request.log.debug({ err: error }, 'live stream failed'));
  });

  app.get('/api/live/sse', { schema: { querystring: SseQuery, hide: true }, preValidation }, (request, reply) => {
    if (streams.isFull) throw new HubError('KS_RATE_LIMITED', 'Too many live streams are open.');
    const { q, resumeFrom } = request.query as z.output<typeof SseQuery>;
    const { access } = request;
    access.compile(q);
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      // nginx and Traefik would otherwise keep events until a buffer is full.
      'x-accel-buffering': 'no',
    });
    const client: LiveClient = {
      get backlog() {
        return raw.writableLength;
      },
      send: (text) => raw.write(eventOf(text)),
    };
    // A browser's EventSource sends the last id by itself after a break; `resumeFrom` is for everybody else.
    const lastId = LivePosition.safeParse(request.headers['last-event-id']).data;
    const subscription = begin(client, { access, query: q, resumeFrom: lastId ?? resumeFrom });
    const pinging = setInterval(() => raw.write(SSE_COMMENT), PING_MILLIS);
    eventStreams.add(raw);
    raw.on('close', () => {
      clearInterval(pinging);
      eventStreams.delete(raw);
      streams.remove(subscription);
    });
  });

  // They would keep the server from closing.
  app.addHook('preClose', async () => {
    for (const raw of eventStreams) raw.end();
    app.server.closeIdleConnections();
  });
};

/** A message as an event, its position as the id: https://html.spec.whatwg.org/multipage/server-sent-events.html. */
function eventOf(text: string): string {
  const type = /^\{"type":"(\w+)"/.exec(text)?.[1] ?? 'message';
  // Unescaped quotes are JSON's own, so no text inside of a row can look like this; rows come before the position.
  const position = /^[^"]+/.exec(text.slice(text.lastIndexOf(POSITION) + POSITION.length))?.[0];
  return `event: ${type}\n${text.includes(POSITION) ? `id: ${position}\n` : ''}data: ${text}\n\n`;
}

function readMessage(text: string): LiveClientMessage | undefined {
  try {
    return LiveClientMessage.safeParse(JSON.parse(text)).data;
  } catch {
    // Not JSON: no message of ours.
    return undefined;
  }
}
