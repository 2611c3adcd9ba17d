/** The cluster's API server, as a pod reaches it: address from the environment, a token that is renewed, its authority. */

import { readFile } from 'node:fs/promises';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';

export interface ApiServerOptions {
  /** `https://10.96.0.1:443`; plain http is for `kubectl proxy` and tests. */
  readonly url: string;
  readonly tokenFile?: string | undefined;
  readonly caFile?: string | undefined;
}

export interface Get {
  readonly path: string;
  readonly signal: AbortSignal;
  readonly accept?: string;
}

/** An answer above this is no object of ours: etcd takes 1.5 MB, a page of a list 500 of them at their usual size. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;
/** To the head of the answer; a watch then lasts. */
const ANSWER_MILLIS = 30_000;
/** A token on disk is renewed by the kubelet before it runs out; reading it again this often is soon enough. */
const TOKEN_MILLIS = 60_000;

/** What the API server says when it refuses; `status` is HTTP's. */
export class ApiServerError extends Error {
  readonly status: number;
  /** Seconds it asks to wait. */
  readonly retryAfter: number | undefined;

  constructor(status: number, message: string, retryAfter?: number) {
    super(message);
    this.name = 'ApiServerError';
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

export class ApiServer {
  readonly #options: ApiServerOptions;
  readonly #agent: http.Agent | https.Agent;
  #token: { readonly text: string; readonly readAt: number } | undefined;

  private constructor(options: ApiServerOptions, ca: string | undefined) {
    this.#options = options;
    // One connection for each watch, and one for everything else.
    const keep = { keepAlive: true, maxFreeSockets: 1 };
    this.#agent = options.url.startsWith('https:')
      ? new https.Agent({ ...keep, ...(ca !== undefined && { ca }) })
      : new http.Agent(keep);
  }

  static async connect(options: ApiServerOptions): Promise<ApiServer> {
    const ca = options.caFile === undefined ? undefined : await readFile(options.caFile, 'utf8');
    return new ApiServer(options, ca);
  }

  /** An answer as it comes. Rejects with an ApiServerError when it is no success. */
  async open({ path, signal, accept = 'application/json' }: Get): Promise<IncomingMessage> {
    return this.#send('GET', path, { signal, accept });
  }

  async json({ path, signal, accept = 'application/json' }: Get): Promise<unknown> {
    return readJson(await this.#send('GET', path, { signal, accept }));
  }

  /** Hands an object in; answers what the server made of it. */
  async create(
    path: string,
    body: object,
    signal: AbortSignal,
    method: 'POST' | 'PUT' | 'DELETE' = 'POST',
  ): Promise<unknown> {
    return readJson(await this.#send(method, path, { signal, accept: 'application/json', body: JSON.stringify(body) }));
  }

  close(): void {
    this.#agent.destroy();
  }

  async #send(
    method: string,
    path: string,
    { signal, accept, body }: { readonly signal: AbortSignal; readonly accept: string; readonly body?: string },
  ): Promise<IncomingMessage> {
    const token = await this.#currentToken();
    const url = new URL(path, this.#options.url);
    const headers = {
      accept,
      'user-agent': 'kubeshark-hub',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    };
    const { request } = url.protocol === 'https:' ? https : http;
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = request(url, { method, headers, agent: this.#agent, signal }, resolve);
      sent.setTimeout(ANSWER_MILLIS, () => sent.destroy(new Error('the API server does not answer')));
      sent.on('error', reject);
      sent.on('response', () => sent.setTimeout(0));
      sent.end(body);
    });
    const { statusCode = 0 } = answer;
    if (statusCode >= 200 && statusCode < 300) return answer;
    const status = (await readJson(answer).catch(() => undefined)) as { message?: unknown } | undefined;
    const retryAfter = Number(answer.headers['retry-after']);
    const message = typeof status?.message === 'string' ? status.message : `HTTP ${statusCode}`;
    throw new ApiServerError(statusCode, message, Number.isFinite(retryAfter) ? retryAfter : undefined);
  }

  async #currentToken(): Promise<string | undefined> {
    const { tokenFile } = this.#options;
    if (tokenFile === undefined) return undefined;
    const now = performance.now();
    if (this.#token === undefined || now - this.#token.readAt > TOKEN_MILLIS)
      this.#token = { text: (await readFile(tokenFile, 'utf8')).trim(), readAt: now };
    return this.#token.text;
  }
}

async function readJson(answer: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    size += (chunk as Buffer).length;
    if (size > MAX_BODY_BYTES) throw new Error('the API server’s answer is too large');
    chunks.push(chunk as Buffer);
  }
  return JSON.parse(Buffer.concat(chunks).toString()) as unknown;
}
