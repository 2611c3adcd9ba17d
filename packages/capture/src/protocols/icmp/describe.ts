/** One ICMP call: an echo with its reply, or an error about another packet. */

import type { JsonObject, Micros } from '@kubeshark/model';
import type { Description, Exchange, Side, Span } from '../../dissect/dissector.ts';
import { icmpCodeName, icmpTypeName } from '../../packet/icmp.ts';
import { SCTP, TCP, UDP } from '../../packet/packet.ts';
import type { IcmpMessage, Quoted } from './wire.ts';

export class IcmpCall implements Exchange {
  readonly protocol = 'icmp';
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
  readonly #ipVersion: 4 | 6;
  #request: IcmpMessage | null = null;
  #response: IcmpMessage | null = null;

  constructor(ipVersion: 4 | 6) {
    this.#ipVersion = ipVersion;
  }

  asked(message: IcmpMessage, span: Span): this {
    this.#request = message;
    this.requestStart = span.first;
    this.requestEnd = span.last;
    this.requestSize = message.size;
    return this;
  }

  answered(message: IcmpMessage, span: Span): this {
    this.#response = message;
    this.responseStart = span.first;
    this.responseEnd = span.last;
    this.responseSize = message.size;
    this.status = message.type;
    return this;
  }

  /** An error answers the packet it quotes; a notice is sent unasked. */
  alone(side: Side, message: IcmpMessage, span: Span): this {
    this.error = message.role === 'error';
    if (side === 'server' || this.error) return this.answered(message, span);
    this.status = message.type;
    return this.asked(message, span);
  }

  unanswered(): this {
    this.error = true;
    return this;
  }

  describe(): Description {
    const message = this.#response ?? this.#request!;
    const subject = this.#request ?? message;
    const method = icmpTypeName(this.#ipVersion, subject.type);
    const what = icmpCodeName(this.#ipVersion, message.type, message.code);
    const { quoted } = message;
    return {
      protocols: ['icmp'],
      method,
      endpoint: this.error && this.#response !== null ? what : method,
      summary: quoted === undefined ? this.#echoSummary(method, subject) : `${what}: ${quotedText(quoted)}`,
      ...(this.error && { errorText: this.#response === null ? 'no reply' : what }),
      request: this.#request === null ? null : { size: this.requestSize, ...detailsOf(this.#request) },
      response:
        this.#response === null
          ? null
          : { size: this.responseSize, status: this.#response.type, ...detailsOf(this.#response) },
      data: {
        icmp: { type: icmpTypeName(this.#ipVersion, message.type), code: message.code, version: this.#ipVersion },
      },
    };
  }

  #echoSummary(method: string, { role, id, sequence }: IcmpMessage): string {
    return role === 'notice' ? method : `${method} id ${id} seq ${sequence}`;
  }
}

const protocolNames: Readonly<Record<number, string>> = { [TCP]: 'TCP', [UDP]: 'UDP', [SCTP]: 'SCTP' };

/** `UDP 10.0.0.1:40000 → 10.0.0.2:53`. */
function quotedText({ protocol, src, dst, srcPort, dstPort }: Quoted): string {
  const name = protocolNames[protocol] ?? `IP protocol ${protocol}`;
  const end = (ip: string, port: number) => (port === 0 ? ip : ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`);
  return `${name} ${end(src, srcPort)} → ${end(dst, dstPort)}`;
}

function detailsOf({ role, code, id, sequence, quoted, mtu, gateway }: IcmpMessage): JsonObject {
  return {
    code,
    ...((role === 'request' || role === 'reply') && { id, sequence }),
    ...(quoted !== undefined && { quoted: { ...quoted } }),
    ...(mtu !== undefined && { mtu }),
    ...(gateway !== undefined && { gateway }),
  };
}
