/** One QUIC connection as an entry: its handshake is the call, the bytes are the connection's. */

import type { JsonObject, Micros } from '@kubeshark/model';
import type { Description, Exchange, Side } from '../../dissect/dissector.ts';
import type { ClientHello, ServerHello } from '../../tls/hello.ts';
import { choicesOf, offersOf } from '../../tls/hello-facts.ts';
import { alertName } from '../../tls/names.ts';
import { VERSION_1, VERSION_2 } from './wire.ts';

/** RFC 9000 §20.1: CRYPTO_ERROR and the TLS alert in the last byte. */
const CRYPTO_ERROR = 0x100;

const errorNames: readonly string[] = [
  'NO_ERROR',
  'INTERNAL_ERROR',
  'CONNECTION_REFUSED',
  'FLOW_CONTROL_ERROR',
  'STREAM_LIMIT_ERROR',
  'STREAM_STATE_ERROR',
  'FINAL_SIZE_ERROR',
  'FRAME_ENCODING_ERROR',
  'TRANSPORT_PARAMETER_ERROR',
  'CONNECTION_ID_LIMIT_ERROR',
  'PROTOCOL_VIOLATION',
  'INVALID_TOKEN',
  'APPLICATION_ERROR',
  'CRYPTO_BUFFER_EXCEEDED',
  'KEY_UPDATE_ERROR',
  'AEAD_LIMIT_REACHED',
  'NO_VIABLE_PATH',
];

function errorName(code: number): string {
  if (code >= CRYPTO_ERROR && code < CRYPTO_ERROR + 256) return alertName(code - CRYPTO_ERROR);
  return errorNames[code] ?? `error 0x${code.toString(16)}`;
}

const versionNames: Readonly<Record<number, string>> = { [VERSION_1]: '1', [VERSION_2]: '2' };

interface Close {
  readonly side: Side;
  readonly code: number;
  readonly reason: string;
}

export class QuicConnection implements Exchange {
  readonly protocol = 'quic';
  requestStart: Micros | null = null;
  requestEnd: Micros | null = null;
  responseStart: Micros | null = null;
  responseEnd: Micros | null = null;
  requestSize = 0;
  responseSize = 0;
  status: number | null = null;
  error = false;
  readonly gap = 0;
  readonly truncated = false;
  version = 0;
  client: ClientHello | null = null;
  server: ServerHello | null = null;
  retried = false;
  negotiated = false;
  earlyData = false;
  #serverHandshake = false;
  #completeAt: Micros | null = null;
  #close: Close | null = null;

  count(side: Side, bytes: number, at: Micros): void {
    if (side === 'client') {
      this.requestSize += bytes;
      this.requestStart ??= at;
      this.requestEnd ??= at;
    } else {
      this.responseSize += bytes;
      this.responseStart ??= at;
      this.responseEnd = at;
    }
  }

  /** The client's first packet under application keys, after the server's handshake, means that the handshake is over. */
  progress(side: Side, type: 'handshake' | '1-rtt', at: Micros): void {
    if (side === 'server') this.#serverHandshake = true;
    else if (type === '1-rtt' && this.#serverHandshake) this.#completeAt ??= at;
  }

  closed(side: Side, code: number, reason: string): void {
    this.#close ??= { side, code, reason };
  }

  /** No more will come: settles what the call was. */
  end(): this {
    const failed = this.#close !== null && this.#close.code !== 0;
    const unanswered = this.client !== null && this.responseStart === null;
    this.error = failed || unanswered || (this.negotiated && this.server === null);
    this.status = this.#close?.code ?? (this.#completeAt === null ? null : 0);
    this.responseEnd = this.#completeAt ?? this.responseEnd;
    return this;
  }

  describe(): Description {
    const { client, server } = this;
    const endpoint = client?.sni ?? 'no server name';
    const failure = this.#failure();
    const version = versionNames[this.version];
    return {
      protocols: ['quic'],
      method: 'HANDSHAKE',
      endpoint,
      summary: `QUIC${version === undefined ? '' : ` v${version}`} ${endpoint}${failure === null ? '' : `: ${failure}`}`,
      ...(failure !== null && { errorText: failure }),
      request:
        this.requestStart === null
          ? null
          : {
              size: this.requestSize,
              ...(client !== null && offersOf(client)),
              ...(this.earlyData && { earlyData: true }),
              ...(this.retried && { retried: true }),
            },
      response:
        this.responseStart === null
          ? null
          : {
              size: this.responseSize,
              ...(this.status !== null && { status: this.status }),
              ...(server !== null && choicesOf(server)),
            },
      data: { quic: this.#data(version) },
    };
  }

  #failure(): string | null {
    if (!this.error) return null;
    if (this.#close === null) return this.negotiated ? 'the server speaks other versions' : 'no response';
    const { side, code, reason } = this.#close;
    return `${side} closed: ${errorName(code)}${reason === '' ? '' : ` (${reason})`}`;
  }

  #data(version: string | undefined): JsonObject {
    return {
      ...(version !== undefined && { version }),
      alpn: this.client?.alpn ?? [],
      handshake: this.#completeAt !== null ? 'complete' : this.client === null ? 'not seen' : 'incomplete',
      ...(this.negotiated && { versionNegotiation: true }),
      ...(this.retried && { retry: true }),
    };
  }
}
