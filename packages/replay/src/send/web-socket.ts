/** A WebSocket from its handshake on: the client's texts at their times, the server's collected. */

import { setTimeout as wait } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { PlannedCall } from '../plan/call.ts';
import type { SenderOptions } from './http1.ts';
import { failureOf, MAX_ANSWER_BYTES, nothing, type Received } from './sent.ts';

/** After the last text was sent and all expected answers are here, or this long. */
const LINGER_MILLIS = 2_000;

export async function sendWebSocket(
  call: PlannedCall,
  { timeoutMillis, insecure, signal }: SenderOptions,
  speed: number,
): Promise<Received> {
  const headers = Object.fromEntries(call.headers);
  const address = `${call.origin.replace(/^http/, 'ws')}${call.target}`;
  const messages: string[] = [];
  const opened = Promise.withResolvers<string | undefined>();
  const complete = Promise.withResolvers<void>();
  let socket: WebSocket;
  try {
    socket = new WebSocket(address, {
      headers,
      handshakeTimeout: timeoutMillis,
      rejectUnauthorized: !insecure,
      maxPayload: MAX_ANSWER_BYTES,
      followRedirects: false,
    });
  } catch (error) {
    return { ...nothing, failure: failureOf(error) };
  }
  socket.on('open', () => opened.resolve(undefined));
  socket.on('error', (error) => opened.resolve(failureOf(error)));
  socket.on('close', () => {
    opened.resolve('the server closed the connection');
    complete.resolve();
  });
  socket.on('message', (data, isBinary) => {
    // Text comes as one Buffer unless told otherwise.
    if (!isBinary) messages.push((data as Buffer).toString('utf8'));
    if (messages.length >= call.answers.length) complete.resolve();
  });
  const stop = () => socket.terminate();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const failure = await opened.promise;
    if (failure !== undefined) return { ...nothing, failure };
    const begun = performance.now();
    for (const { offset, text } of call.messages) {
      const due = begun + offset / speed - performance.now();
      if (due > 0) await wait(due, undefined, { signal }).catch(() => undefined);
      if (socket.readyState !== WebSocket.OPEN) break;
      socket.send(text);
    }
    if (messages.length < call.answers.length) await Promise.race([complete.promise, wait(LINGER_MILLIS)]);
    return { ...nothing, status: 101, messages };
  } finally {
    signal.removeEventListener('abort', stop);
    socket.terminate();
  }
}
