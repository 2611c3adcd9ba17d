/** What the handshake of one connection told: hellos, certificates, alerts, and how far it got. */

import type { Micros, TlsFacts } from '@kubeshark/model';
import type { Side } from '../../dissect/dissector.ts';
import { type CertificateFacts, certificateChain, certificateFacts } from '../../tls/certificate.ts';
import type { ClientHello, ServerHello } from '../../tls/hello.ts';
import { helloFacts } from '../../tls/hello-facts.ts';
import { TLS13 } from '../../tls/key-schedule.ts';
import { alertName } from '../../tls/names.ts';

/** Alerts that say goodbye rather than what went wrong (RFC 8446 §6.1). */
const CLOSE_NOTIFY = 0;
const USER_CANCELED = 90;
const FATAL = 2;

export interface Alert {
  readonly side: Side;
  readonly code: number;
  readonly fatal: boolean;
}

/** A TLS 1.3 alert when sealed: two bytes, the inner type, and a tag of 16 bytes. */
const SEALED_ALERT_BYTES = 19;

export class Handshake {
  client: ClientHello | null = null;
  server: ServerHello | null = null;
  /** The first hello was answered with a HelloRetryRequest. */
  retried = false;
  alpn: string | undefined;
  chain: readonly CertificateFacts[] = [];
  clientChain: readonly CertificateFacts[] = [];
  /** The alert that matters: the first that is no farewell. */
  alert: Alert | null = null;
  /** A sealed record came where the client's Finished belongs, too short for it: an alert nobody can read. */
  sealedAlert = false;
  startedAt: Micros | null = null;
  sentAt: Micros | null = null;
  answeredAt: Micros | null = null;
  completeAt: Micros | null = null;
  #sealed = { client: false, server: false };

  clientHello(hello: ClientHello, at: { readonly first: Micros; readonly last: Micros }): void {
    this.client = hello;
    this.startedAt ??= at.first;
    this.sentAt ??= at.last;
  }

  serverHello(hello: ServerHello, at: Micros): void {
    this.answeredAt ??= at;
    if (hello.isRetryRequest) this.retried = true;
    else this.server = hello;
    this.alpn = hello.alpn ?? this.alpn;
  }

  certificate(side: Side, body: Uint8Array): void {
    const chain = certificateChain(body, this.server?.version === TLS13)
      .map(certificateFacts)
      .filter((facts) => facts !== null);
    if (side === 'server') this.chain = chain;
    else this.clientChain = chain;
  }

  /** An alert's two bytes: level and description (RFC 8446 §6). */
  addAlert(side: Side, bytes: Uint8Array): void {
    const [level = 0, code = 0] = bytes;
    if (code === CLOSE_NOTIFY || code === USER_CANCELED) return;
    // In TLS 1.3 the level no longer counts: every alert but the farewells is fatal.
    const fatal = level === FATAL || this.server?.version === TLS13;
    if (this.alert === null || (fatal && !this.alert.fatal)) this.alert = { side, code, fatal };
  }

  /** A record under keys went by: what can be told from outside is when the handshake was over. */
  sealedRecord(side: Side, size: number, at: Micros): void {
    if (this.completeAt !== null || this.server === null) return;
    if (this.server.version === TLS13) {
      // Only the client's Finished ends it; whatever the client sends before is early data or an alert.
      if (side !== 'client' || !this.#sealed.server) {
        this.#sealed[side] = true;
        return;
      }
      if (size === SEALED_ALERT_BYTES) this.sealedAlert = true;
      else if (!this.sealedAlert) this.completeAt = at;
      return;
    }
    this.#sealed[side] = true;
    if (this.#sealed.client && this.#sealed.server) this.completeAt = at;
  }

  /** From the first ClientHello to the end of the handshake; null before that. */
  get micros(): Micros | null {
    const { startedAt, completeAt } = this;
    return startedAt === null || completeAt === null ? null : Math.max(0, Math.round(completeAt - startedAt));
  }

  /** The session of an earlier connection goes on: no certificate is sent. */
  get resumed(): boolean {
    const { client, server } = this;
    if (client === null || server === null) return false;
    if (server.version === TLS13) return server.resumesPsk;
    const sameId = server.sessionId.length > 0 && server.sessionId.every((octet, i) => octet === client.sessionId[i]);
    return sameId && this.chain.length === 0;
  }

  get failure(): string | null {
    if (this.alert?.fatal === true) return `${this.alert.side} alert: ${alertName(this.alert.code)}`;
    if (this.sealedAlert) return 'client alert during the handshake (encrypted)';
    if (this.client !== null && this.completeAt === null) return 'handshake not finished';
    return null;
  }

  facts(decrypted: boolean): TlsFacts {
    const { client, server, alpn } = this;
    const leaf = this.chain[0];
    return {
      ...helloFacts(client, server, 't'),
      ...(alpn !== undefined && { alpn }),
      ...(leaf !== undefined && { subject: leaf.subject, issuer: leaf.issuer, notAfter: leaf.notAfter }),
      decrypted,
    };
  }
}
