/** HTTP/2 and gRPC calls, each origin over one connection; plain text by prior knowledge. */

import { type ClientHttp2Session, connect, constants } from 'node:http2';
import type { PlannedCall } from '../plan/call.ts';
import type { SenderOptions } from './http1.ts';
import { AnswerBody, failureOf, nothing, type Received } from './sent.ts';

export class Http2Sender {
  readonly #options: SenderOptions;
  readonly #sessions = new Map<string, ClientHttp2Session>();

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  send({ origin, target, method, headers, body }: PlannedCall): Promise<Received> {
    const { timeoutMillis, signal } = this.#options;
    return new Promise((resolve) => {
      const fail = (error: unknown) => resolve({ ...nothing, failure: failureOf(error) });
      try {
        const session = this.#session(origin, fail);
        const fields: Record<string, string | string[]> = { ':method': method, ':path': target };
        for (const [name, value] of headers) {
          const key = name.toLowerCase();
          const before = fields[key];
          fields[key] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
        }
        // gRPC servers insist on it, and it belongs to the connection, which is why recordings leave it out.
        if (headers.some(([name, value]) => /^content-type$/i.test(name) && value.startsWith('application/grpc')))
          fields['te'] = 'trailers';
        const stream = session.request(fields, { endStream: body.length === 0, signal });
        const timer = setTimeout(() => {
          resolve({ ...nothing, failure: `no answer within ${timeoutMillis / 1000} s` });
          stream.close(constants.NGHTTP2_CANCEL);
        }, timeoutMillis);
        const answer = new AnswerBody();
        let status = 0;
        let answered: Record<string, string> = {};
        stream.on('response', (received) => {
          status = received[':status'] ?? 0;
          answered = { ...answered, ...plain(received) };
        });
        // gRPC says how a call ended in its trailers.
        stream.on('trailers', (received) => {
          answered = { ...answered, ...plain(received) };
        });
        stream.on('data', (chunk: Uint8Array) => answer.add(chunk));
        stream.on('error', fail);
        stream.on('close', () => {
          clearTimeout(timer);
          if (status === 0) fail(new Error('the stream was closed without an answer'));
          else resolve({ ...nothing, status, headers: answered, body: answer.bytes, isBodyCut: answer.isCut });
        });
        if (body.length > 0) stream.end(body);
      } catch (error) {
        fail(error);
      }
    });
  }

  close(): void {
    for (const session of this.#sessions.values()) session.destroy();
    this.#sessions.clear();
  }

  #session(origin: string, fail: (error: unknown) => void): ClientHttp2Session {
    const known = this.#sessions.get(origin);
    if (known !== undefined && !known.closed && !known.destroyed) return known;
    const session = connect(origin, { rejectUnauthorized: !this.#options.insecure });
    // The streams of a connection that fails are told by themselves; the first may not exist yet.
    session.on('error', fail);
    session.on('goaway', () => this.#sessions.delete(origin));
    session.on('close', () => this.#sessions.delete(origin));
    this.#sessions.set(origin, session);
    return session;
  }
}

const plain = (fields: object): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => !name.startsWith(':'))
      .map(([name, value]) => [name, String(value)]),
  );
