/** HTTP/1.1 calls over kept connections. Redirects are answers, not places to go. */

import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { PlannedCall } from '../plan/call.ts';
import { AnswerBody, failureOf, nothing, type Received } from './sent.ts';

export interface SenderOptions {
  readonly timeoutMillis: number;
  /** Certificates of the target are not checked: staging servers sign their own. */
  readonly insecure: boolean;
  readonly signal: AbortSignal;
}

export class Http1Sender {
  readonly #options: SenderOptions;
  readonly #http = new HttpAgent({ keepAlive: true });
  readonly #https: HttpsAgent;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#https = new HttpsAgent({ keepAlive: true, rejectUnauthorized: !options.insecure });
  }

  send({ origin, target, method, headers, body }: PlannedCall): Promise<Received> {
    const { timeoutMillis, signal } = this.#options;
    const { hostname, port, protocol } = new URL(origin);
    const isTls = protocol === 'https:';
    const fields: Record<string, string | string[]> = {};
    for (const [name, value] of headers) {
      const before = fields[name];
      fields[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
    }
    if (body.length > 0) fields['content-length'] = String(body.length);
    return new Promise((resolve) => {
      const fail = (error: unknown) => resolve({ ...nothing, failure: failureOf(error) });
      let sent: ReturnType<typeof httpRequest>;
      try {
        sent = (isTls ? httpsRequest : httpRequest)({
          agent: isTls ? this.#https : this.#http,
          host: hostname.replace(/^\[|\]$/g, ''),
          port: port === '' ? undefined : Number(port),
          method,
          path: target,
          headers: fields,
          signal,
        });
      } catch (error) {
        // A recorded header or path that HTTP does not allow.
        fail(error);
        return;
      }
      const timer = setTimeout(() => {
        resolve({ ...nothing, failure: `no answer within ${timeoutMillis / 1000} s` });
        sent.destroy();
      }, timeoutMillis);
      sent.on('close', () => clearTimeout(timer));
      sent.on('error', fail);
      sent.on('response', (answer) => receive(answer, resolve, fail));
      sent.end(body);
    });
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}

function receive(answer: IncomingMessage, done: (received: Received) => void, fail: (error: unknown) => void): void {
  const body = new AnswerBody();
  answer.on('data', (chunk: Uint8Array) => body.add(chunk));
  answer.on('error', fail);
  answer.on('end', () => {
    const headers = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
    done({
      ...nothing,
      status: answer.statusCode ?? 0,
      headers: Object.fromEntries(headers) as Record<string, string>,
      body: body.bytes,
      isBodyCut: body.isCut,
    });
  });
}
