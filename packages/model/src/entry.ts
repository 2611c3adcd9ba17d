/**
 * Entry: one request with its response, or what there is of them.
 *
 * Invariant: an entry is plain JSON, and every KFL field is found in it at the field's own path
 * (`response.status` is `entry.response.status`), unless the field declares another one.
 */

import type { ProtocolId } from './catalogue.ts';

/** Microseconds since 1970-01-01T00:00:00Z; a fraction carries nanoseconds as far as a double can. */
export type Micros = number;
/** Milliseconds as a float: the unit of every latency. */
export type Millis = number;

/**
 * A 64-bit number as a decimal string: `(micros of completion << 12) | agent number`. Strictly rising per agent, so it
 * is unique, orders by time, and a re-sent batch makes no duplicates (docs/adr/0004).
 */
export type EntryId = string;

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined };
export type JsonObject = { readonly [key: string]: JsonValue | undefined };

/** Names in the spelling seen on the wire; a repeated header has a list of its values in order. */
export type Headers = Readonly<Record<string, string | readonly string[]>>;

export interface Body {
  /** Bytes on the wire after de-chunking, before content decoding, even when `text`/`base64` were cut. */
  readonly size: number;
  /** Bytes after content decoding; absent when there was none or it was not decoded to the end. */
  readonly decodedSize?: number;
  /** Media type without parameters, lower case. */
  readonly mime?: string;
  /** Content encodings that were undone, outermost first: `gzip`, `br`. */
  readonly encoding?: readonly string[];
  /** Exactly one of `text` and `base64` is there unless the body is empty or was not kept. */
  readonly text?: string;
  readonly base64?: string;
  /** True when the kept part is shorter than the body. */
  readonly truncated?: boolean;
  /** Why the kept part could not be decoded: `gzip: bad header`, `ratio limit`. */
  readonly fault?: string;
}

/** The two halves of a call. Beside these, each protocol adds its own keys (`path`, `query`, `statusText`, …). */
export interface Message {
  /** Bytes of this half on the wire, heads and framing included. */
  readonly size: number;
  readonly headers?: Headers;
  readonly body?: Body;
  readonly [key: string]: unknown;
}
export interface Request extends Message {
  readonly method?: string;
  readonly path?: string;
  readonly url?: string;
}
export interface Response extends Message {
  /** The protocol's own status: HTTP status, gRPC status number, 0 or SQLSTATE, DNS rcode. */
  readonly status?: number | string;
  /** The same number as `entry.latency`, here because KFL calls it `response.latency`. */
  readonly latency?: Millis;
}

export interface Endpoint {
  readonly ip: string;
  readonly port: number;
  /** Best name known: service, else workload, pod, DNS name or process; absent when there is none. */
  readonly name?: string;
  readonly namespace?: string;
  readonly pod?: string;
  readonly service?: string;
  readonly workload?: string;
  readonly node?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly process?: string;
  readonly pid?: number;
  /** Name this address was seen under in DNS answers or TLS SNI. */
  readonly dns?: string;
}

export interface TlsFacts {
  readonly version?: string;
  readonly cipher?: string;
  readonly sni?: string;
  readonly alpn?: string;
  readonly ja3?: string;
  readonly ja4?: string;
  readonly subject?: string;
  readonly issuer?: string;
  readonly notAfter?: string;
  /** True when this entry's bytes were read from inside the TLS connection. */
  readonly decrypted: boolean;
}

/** Facts of the connection the call was seen on, as far as they were known when the call ended. */
export interface Connection {
  /** Same for every entry of one connection: transport, both ends and the time of its first packet. */
  readonly id: string;
  readonly transport: 'tcp' | 'udp' | 'icmp' | 'sctp';
  /** Position of this call on the connection, from 0. */
  readonly index: number;
  readonly tls?: TlsFacts;
  /**
   * Initial sequence numbers of client and server, in hexadecimal, when live capture saw the handshake. Address translation
   * leaves them as they are: the same connection has them wherever it is seen.
   */
  readonly isn?: string;
  /** SYN to the client's ACK of SYN/ACK, and its two halves; absent when the handshake was not seen. */
  readonly handshakeMillis?: Millis;
  readonly rttMillis?: Millis;
  /** TLS ClientHello to the end of the handshake. */
  readonly tlsMillis?: Millis;
  /** Last byte of the request to first byte of the response. */
  readonly firstByteMillis?: Millis;
  /** First to last byte of the response. */
  readonly transferMillis?: Millis;
  readonly clientBytes?: number;
  readonly serverBytes?: number;
  readonly clientPackets?: number;
  readonly serverPackets?: number;
  readonly retransmissions?: number;
  readonly outOfOrder?: number;
  readonly zeroWindows?: number;
  readonly resets?: number;
}

/** How this entry was seen, and what is known to be missing from it. */
export interface CaptureFacts {
  /** `libpcap`, `af_packet`, `file`, … */
  readonly source: string;
  readonly interface?: string;
  /** A body was cut at `maxCapturedSize`, or packets were cut by the snap length. */
  readonly truncated?: boolean;
  /** Bytes lost inside this call's part of the stream. */
  readonly gap?: number;
  /** Oddities met while reading it, in words: `invalid chunk size`, `header limit`. */
  readonly anomalies?: readonly string[];
  /** The call was seen at several places (client's and server's side): the others. */
  readonly vantages?: readonly string[];
}

export interface Entry {
  readonly id: EntryId;
  /** When the request began (the response when there is no request). */
  readonly timestamp: Micros;
  readonly node: string;
  /** The most specific protocol: `graphql` rather than `http`. */
  readonly protocol: ProtocolId;
  /** All that apply, most specific first. */
  readonly protocols: readonly ProtocolId[];
  readonly src: Endpoint;
  readonly dst: Endpoint;
  readonly request: Request | null;
  readonly response: Response | null;
  /** HTTP method, Redis command, Kafka API name, … */
  readonly method: string;
  /** What calls are grouped by: `GET /users/{id}`, `orders.v1.Orders/Get`, `SELECT orders`. */
  readonly endpoint: string;
  /** One line for the list: `GET /users/7?full=1`. */
  readonly summary: string;
  readonly status: number | string | null;
  /** The call failed by its protocol's rules, was cut off, or was never answered. */
  readonly error: boolean;
  /** Why, in words, when `error`: `connection reset`, `no response`, `HTTP 503`, the server's message. */
  readonly errorText?: string;
  /** Start of the request to the end of the response; null when one is missing. */
  readonly latency: Millis | null;
  /** From `traceparent`, `b3`, `x-b3-traceid`, `sw8` or `x-request-id`. */
  readonly traceId?: string;
  readonly connection: Connection;
  readonly capture: CaptureFacts;
  /** Values of one protocol under its own name, as its descriptor declares them: `redis.command`, `kafka.topic`. */
  readonly [protocol: string]: unknown;
}

/** The small part of an entry that lists and live streams carry. */
export type EntryRow = Pick<
  Entry,
  | 'id'
  | 'timestamp'
  | 'node'
  | 'protocol'
  | 'protocols'
  | 'method'
  | 'endpoint'
  | 'summary'
  | 'status'
  | 'error'
  | 'latency'
> & {
  readonly src: EndpointRow;
  readonly dst: EndpointRow;
  readonly requestSize: number | null;
  readonly responseSize: number | null;
};
export type EndpointRow = Pick<Endpoint, 'ip' | 'port' | 'name' | 'namespace'>;

const endpointRow = ({ ip, port, name, namespace }: Endpoint): EndpointRow => ({
  ip,
  port,
  ...(name !== undefined && { name }),
  ...(namespace !== undefined && { namespace }),
});

/** The list row of an entry. */
export function rowOf(entry: Entry): EntryRow {
  const { id, timestamp, node, protocol, protocols, method, endpoint, summary, status, error, latency } = entry;
  return {
    id,
    timestamp,
    node,
    protocol,
    protocols,
    method,
    endpoint,
    summary,
    status,
    error,
    latency,
    src: endpointRow(entry.src),
    dst: endpointRow(entry.dst),
    requestSize: entry.request?.size ?? null,
    responseSize: entry.response?.size ?? null,
  };
}
