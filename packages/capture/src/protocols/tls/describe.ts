/** One TLS connection as an entry: the handshake is the call, the bytes are the connection's. */

import type { JsonObject, Micros, Request, Response } from '@kubeshark/model';
import type { CloseReason, Description, Exchange, Side } from '../../dissect/dissector.ts';
import { choicesOf, offersOf } from '../../tls/hello-facts.ts';
import { alertName, versionName } from '../../tls/names.ts';
import type { Handshake } from './handshake.ts';

interface Traffic {
  readonly times: {
    readonly first: Readonly<Record<Side, Micros | null>>;
    readonly last: Readonly<Record<Side, Micros | null>>;
  };
  readonly bytes: Readonly<Record<Side, number>>;
  readonly gap: number;
  /** Why nothing inside is shown; null when it was opened. */
  readonly reason: string | null;
  readonly closed: CloseReason;
}

export class TlsConnection implements Exchange {
  readonly protocol = 'tls';
  readonly requestStart: Micros | null;
  readonly requestEnd: Micros | null;
  readonly responseStart: Micros | null;
  readonly responseEnd: Micros | null;
  readonly requestSize: number;
  readonly responseSize: number;
  readonly status: number | null;
  readonly error: boolean;
  readonly gap: number;
  readonly truncated = false;
  readonly #handshake: Handshake;
  readonly #traffic: Traffic;

  constructor(handshake: Handshake, traffic: Traffic) {
    const { times, bytes } = traffic;
    this.#handshake = handshake;
    this.#traffic = traffic;
    this.requestStart = handshake.startedAt ?? times.first.client;
    this.requestEnd = handshake.sentAt ?? times.last.client;
    this.responseStart = handshake.answeredAt ?? times.first.server;
    this.responseEnd = handshake.completeAt ?? times.last.server;
    this.requestSize = bytes.client;
    this.responseSize = bytes.server;
    const { alert, failure } = handshake;
    this.error = failure !== null;
    this.status = alert?.fatal === true ? alert.code : failure === null && handshake.client !== null ? 0 : null;
    this.gap = traffic.gap;
  }

  describe(): Description {
    const { client, server, failure } = this.#handshake;
    const endpoint = client?.sni ?? 'no server name';
    const version = server === null ? 'TLS' : versionName(server.version);
    const outcome = failure === null ? '' : `: ${failure}`;
    return {
      protocols: ['tls'],
      method: 'HANDSHAKE',
      endpoint,
      summary: `${version} ${endpoint}${outcome}`,
      ...(failure !== null && { errorText: this.#errorText(failure) }),
      request: this.requestStart === null ? null : this.#request(),
      response: this.responseStart === null ? null : this.#response(),
      data: { tls: this.#data() },
    };
  }

  #errorText(failure: string): string {
    return this.#handshake.completeAt === null && this.#traffic.closed === 'reset'
      ? `${failure}, connection reset`
      : failure;
  }

  #request(): Request {
    const { client, clientChain, retried } = this.#handshake;
    return {
      size: this.requestSize,
      ...(client !== null && offersOf(client)),
      ...(retried && { retried: true }),
      ...(clientChain.length > 0 && { certificates: clientChain }),
    };
  }

  #response(): Response {
    const { server, alpn, chain } = this.#handshake;
    return {
      size: this.responseSize,
      ...(this.status !== null && { status: this.status }),
      ...(server !== null && choicesOf(server)),
      ...(alpn !== undefined && { alpn }),
      ...(chain.length > 0 && { certificates: chain }),
    };
  }

  #data(): JsonObject {
    const { alert } = this.#handshake;
    return {
      handshake: this.#progress(),
      ...(alert !== null && { alert: alertName(alert.code), alertFrom: alert.side }),
      ...(this.#traffic.reason !== null && { reason: this.#traffic.reason }),
    };
  }

  #progress(): string {
    const { client, completeAt, resumed } = this.#handshake;
    if (client === null) return 'not seen';
    if (completeAt === null) return 'incomplete';
    return resumed ? 'resumed' : 'complete';
  }
}
