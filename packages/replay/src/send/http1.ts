/** HTTP/1.1 calls over kept connections. Redirects are answers, not places to go. */

import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { PlannedCall } from '../plan/call.ts';
import { AnswerBody, failureOf, nothing, type Received } from './sent.ts';

export interface SenderOptions {
  readonly timeoutMillis: number;
  /** Certificates of the target are not checked: staging servers sign their own. */
  readonly insecure: boolean;
  readonly signal: AbortSignal;
}

interface Place {
  readonly isTls: boolean;
  readonly host: string;
  readonly port: number | undefined;
}

export class Http1Sender {
  readonly #options: SenderOptions;
  readonly #http = new HttpAgent({ keepAlive: true });
  readonly #https: HttpsAgent;
  readonly #places = new Map<string, Place>();
  /** Under way. A signal for each would be one listener more for every call. */
  readonly #open = new Set<ClientRequest>();

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#https = new HttpsAgent({ keepAlive: true, rejectUnauthorized: !options.insecure });
    options.signal.addEventListener('abort', () => {
      for (const sent of this.#open) sent.destroy(new Error('stopped'));
    });
  }

  send({ origin, target, method, headers, body }: PlannedCall): Promise<Received> {
    const { timeoutMillis } = this.#options;
    const { isTls, host, port } = this.#placeOf(origin);
    const fields: Record<string, string | string[]> = {};
    for (const [name, value] of headers) {
      const before = fields[name];
      fields[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
    }
    if (body.length > 0) fields['content-length'] = String(body.length);
    return new Promise((resolve) => {
      const fail = (error: unknown) => resolve({ ...nothing, failure: failureOf(error) });
      let sent: ClientRequest;
      try {
        sent = (isTls ? httpsRequest : httpRequest)({
          agent: isTls ? this.#https : this.#http,
          host,
          port,
          method,
          path: target,
          headers: fields,
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
      this.#open.add(sent);
      sent.on('close', () => {
        clearTimeout(timer);
        this.#open.delete(sent);
      });
      sent.on('error', fail);
      sent.on('response', (answer) => receive(answer, resolve, fail));
      sent.end(body);
    });
  }

  /** There are as many as --target and --map-host name. */
  #placeOf(origin: string): Place {
    const known = this.#places.get(origin);
    if (known !== undefined) return known;
    const { hostname, port, protocol } = new URL(origin);
    const host = hostname.replace(/^\[|\]$/g, '');
    const place = { isTls: protocol === 'https:', host, port: port === '' ? undefined : Number(port) };
    this.#places.set(origin, place);
    return place;
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
