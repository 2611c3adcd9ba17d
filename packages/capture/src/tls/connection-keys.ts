/** The keys of one TLS connection as it goes through its epochs: finds secrets, makes ciphers, opens records. */

import type { Side } from '../dissect/dissector.ts';
import { type CipherSuite, cipherSuiteOf } from './cipher-suites.ts';
import type { ClientHello, ServerHello } from './hello.ts';
import {
  hashBytes,
  keyBlock,
  masterSecret,
  nextTrafficSecret,
  prfOf,
  TLS12,
  TLS13,
  trafficKeys,
  transcriptHash,
} from './key-schedule.ts';
import type { KeyStore } from './key-store.ts';
import { type OpenedRecord, RecordCipher, type SealedRecord } from './record-cipher.ts';

/** Records in a row that no key opens, after which no more are tried: the keys are of another connection. */
const MAX_FAILURES = 32;

const CLIENT_HELLO = 1;

export type OpenResult =
  | ({ readonly kind: 'opened' } & OpenedRecord)
  /** There is no key, for this reason; one may come later. */
  | { readonly kind: 'no-key'; readonly reason: string }
  /** There are keys and they do not open this record. */
  | { readonly kind: 'failed'; readonly reason: string };

/** TLS 1.3 changes keys as it goes on (RFC 8446 §7.1); `early` is the client's 0-RTT data. */
type Epoch = 'early' | 'handshake' | 'application';

interface Direction {
  cipher: RecordCipher | null;
  epoch: Epoch;
  /** Secret of the current application epoch: KeyUpdate makes the next from it. */
  secret: Uint8Array | null;
  failures: number;
  /** Bytes were lost since a record was opened. */
  lost: boolean;
}

const newDirection = (): Direction => ({ cipher: null, epoch: 'handshake', secret: null, failures: 0, lost: false });

const secretLabels: Readonly<Record<Side, Readonly<Record<Epoch, string>>>> = {
  client: {
    early: 'CLIENT_EARLY_TRAFFIC_SECRET',
    handshake: 'CLIENT_HANDSHAKE_TRAFFIC_SECRET',
    application: 'CLIENT_TRAFFIC_SECRET_0',
  },
  server: {
    early: '',
    handshake: 'SERVER_HANDSHAKE_TRAFFIC_SECRET',
    application: 'SERVER_TRAFFIC_SECRET_0',
  },
};

export class ConnectionKeys {
  readonly #store: KeyStore;
  readonly #directions = { client: newDirection(), server: newDirection() };
  #client: ClientHello | null = null;
  #server: ServerHello | null = null;
  #suite: CipherSuite | null = null;
  /** TLS 1.0–1.2: the master secret once it is known. */
  #master: Uint8Array | null = null;
  #encryptedPremaster: Uint8Array | null = null;
  /** Handshake messages up to ClientKeyExchange, for the extended master secret. */
  #transcript: Uint8Array[] | null = null;
  /** Where no key was found: asked again when the store or the handshake has something new. */
  readonly #missingAt = { client: -1, server: -1 };

  constructor(store: KeyStore) {
    this.#store = store;
  }

  clientHello(hello: ClientHello): void {
    this.#askAgain();
    this.#client = hello;
    this.#server = null;
    this.#master = null;
    this.#encryptedPremaster = null;
    if (hello.offersEarlyData) this.#directions.client.epoch = 'early';
  }

  serverHello(hello: ServerHello): void {
    this.#askAgain();
    this.#server = hello;
    this.#suite = cipherSuiteOf(hello.cipher);
    this.#master = null;
    if (hello.version !== TLS13) this.#directions.client.epoch = 'handshake';
  }

  /** A whole handshake message with its header, in the order of the wire; kept only while it may be needed. */
  handshakeMessage(bytes: Uint8Array): void {
    if (!this.#store.hasPrivateKeys) return;
    if (bytes[0] === CLIENT_HELLO) this.#transcript = [];
    this.#transcript?.push(bytes.slice());
  }

  /** The body of ClientKeyExchange (RFC 5246 §7.4.7): what matters of it is the premaster secret sealed with RSA. */
  clientKeyExchange(body: Uint8Array): void {
    // SSL 3.0 left the two bytes of length out; TLS always has them.
    this.#askAgain();
    this.#encryptedPremaster = body.slice(2);
    this.#master = this.#findMaster();
    this.#transcript = null;
  }

  /** A ticket the server gives for the session under way (RFC 5077 §3.3). */
  newTicket(ticket: Uint8Array): void {
    this.#master ??= this.#findMaster();
    if (this.#master !== null) this.#store.rememberSession(ticket, this.#master);
  }

  /** TLS 1.0–1.2: this side's next record is under new keys. */
  changeCipherSpec(side: Side): void {
    this.#directions[side] = newDirection();
    this.#askAgain();
  }

  /** TLS 1.3: this side's handshake is over; its next record is under application keys. */
  finished(side: Side): void {
    if (this.#server?.version !== TLS13) return;
    const direction = this.#directions[side];
    if (direction.epoch === 'application') return;
    direction.epoch = 'application';
    direction.cipher = null;
    this.#askAgain();
  }

  /** TLS 1.3: early data ends, handshake keys follow. */
  endOfEarlyData(): void {
    this.#directions.client.epoch = 'handshake';
    this.#directions.client.cipher = null;
    this.#askAgain();
  }

  /** TLS 1.3: this side's next record is under the next application key (RFC 8446 §7.2). */
  keyUpdate(side: Side): void {
    const direction = this.#directions[side];
    if (this.#suite === null || direction.secret === null) return;
    direction.secret = nextTrafficSecret(direction.secret, this.#suite.hash);
    direction.cipher = this.#cipher13(direction.secret, this.#suite);
  }

  /** Bytes of this side were lost. */
  lost(side: Side): void {
    const direction = this.#directions[side];
    direction.lost = true;
    direction.cipher?.lost();
  }

  open(side: Side, record: SealedRecord): OpenResult {
    if (this.#client === null) return { kind: 'no-key', reason: 'handshake not seen' };
    const direction = this.#directions[side];
    if (direction.failures >= MAX_FAILURES) return { kind: 'failed', reason: 'keys do not fit' };
    if (direction.cipher === null) {
      if (this.#missingAt[side] === this.#store.version) return this.#noKey();
      if (!this.#prepare(side, record)) {
        this.#missingAt[side] = this.#store.version;
        return this.#noKey();
      }
    }
    const opened = direction.cipher?.open(record) ?? this.#openLater(side, record);
    if (opened !== null) {
      direction.failures = 0;
      direction.lost = false;
      return { kind: 'opened', type: opened.type, bytes: opened.bytes };
    }
    direction.failures++;
    return { kind: 'failed', reason: 'keys do not fit' };
  }

  #askAgain(): void {
    this.#missingAt.client = -1;
    this.#missingAt.server = -1;
  }

  #noKey(): OpenResult {
    if (this.#server === null) return { kind: 'no-key', reason: 'no key for this connection' };
    if (this.#suite === null) return { kind: 'failed', reason: 'this cipher cannot be decrypted' };
    return { kind: 'no-key', reason: 'no key for this connection' };
  }

  /** Makes the cipher of this direction from what is known; false when something is missing. */
  #prepare(side: Side, record: SealedRecord): boolean {
    const direction = this.#directions[side];
    const isReady = this.#makeCipher(side, record);
    if (direction.lost) direction.cipher?.lost();
    return isReady;
  }

  #makeCipher(side: Side, record: SealedRecord): boolean {
    const direction = this.#directions[side];
    if (this.#server === null || this.#server.version === TLS13) {
      if (direction.epoch === 'early' && this.#prepareEarly(record)) return true;
      if (this.#server === null || this.#suite === null) return false;
      const epochs: readonly Epoch[] =
        direction.epoch === 'application' ? ['application'] : ['handshake', 'application'];
      return epochs.some((epoch) => this.#enter(side, epoch));
    }
    direction.cipher = this.#cipher12(side);
    return direction.cipher !== null;
  }

  /**
   * Early data comes before the server has chosen a suite: the secret's length says the hash, and of the suites offered
   * with it the one that opens the first record is right.
   */
  #prepareEarly(record: SealedRecord): boolean {
    const secret = this.#secret('client', 'early');
    if (secret === undefined) return false;
    for (const code of this.#client?.ciphers ?? []) {
      const suite = cipherSuiteOf(code);
      if (suite === null || code >> 8 !== 0x13 || hashBytes(suite.hash) !== secret.length) continue;
      if (this.#cipher13(secret, suite).open(record) === null) continue;
      this.#directions.client.cipher = this.#cipher13(secret, suite);
      return true;
    }
    return false;
  }

  #secret(side: Side, epoch: Epoch): Uint8Array | undefined {
    return this.#client === null
      ? undefined
      : this.#store.secretsOf(this.#client.random)?.get(secretLabels[side][epoch]);
  }

  /** Takes the keys of a TLS 1.3 epoch into use; false when its secret is not known. */
  #enter(side: Side, epoch: Epoch): boolean {
    const secret = this.#secret(side, epoch);
    if (secret === undefined || this.#suite === null) return false;
    const direction = this.#directions[side];
    direction.epoch = epoch;
    direction.secret = secret;
    direction.cipher = this.#cipher13(secret, this.#suite);
    return true;
  }

  /**
   * A record the current key does not open may be under a later one, when what announced it was lost or could not be
   * read: refused early data, a Finished or KeyUpdate in a gap.
   */
  #openLater(side: Side, record: SealedRecord): OpenedRecord | null {
    if (this.#server?.version !== TLS13 || this.#suite === null) return null;
    const direction = this.#directions[side];
    const later: (readonly [Epoch, Uint8Array | undefined])[] = [];
    if (direction.epoch === 'early') later.push(['handshake', this.#secret(side, 'handshake')]);
    if (direction.epoch !== 'application') later.push(['application', this.#secret(side, 'application')]);
    else if (direction.secret !== null)
      later.push(['application', nextTrafficSecret(direction.secret, this.#suite.hash)]);
    for (const [epoch, secret] of later) {
      if (secret === undefined) continue;
      const cipher = this.#cipher13(secret, this.#suite);
      if (direction.lost) cipher.lost();
      const opened = cipher.open(record);
      if (opened === null) continue;
      Object.assign(direction, { cipher, epoch, secret });
      return opened;
    }
    return null;
  }

  #cipher13(secret: Uint8Array, suite: CipherSuite): RecordCipher {
    const keys = { ...trafficKeys(secret, suite), macKey: new Uint8Array(0) };
    return new RecordCipher({ suite, version: TLS13, keys, encryptThenMac: false });
  }

  #cipher12(side: Side): RecordCipher | null {
    const suite = this.#suite;
    const server = this.#server;
    if (suite === null || server === null || this.#client === null || server.version > TLS12) return null;
    this.#master ??= this.#findMaster();
    if (this.#master === null) return null;
    if (server.sessionId.length > 0) this.#store.rememberSession(server.sessionId, this.#master);
    const randoms = { client: this.#client.random, server: server.random };
    const keys = keyBlock(this.#master, suite, { prf: prfOf(server.version, suite), randoms })[side];
    return new RecordCipher({
      suite,
      version: server.version,
      keys,
      encryptThenMac: server.encryptThenMac && suite.kind === 'cbc',
    });
  }

  #findMaster(): Uint8Array | null {
    const client = this.#client;
    const server = this.#server;
    const suite = this.#suite;
    if (client === null || server === null || suite === null || server.version > TLS12) return null;
    const secrets = this.#store.secretsOf(client.random);
    const master = secrets?.get('CLIENT_RANDOM');
    if (master !== undefined) return master;
    const premaster = secrets?.get('PMS_CLIENT_RANDOM') ?? this.#premaster();
    if (premaster !== null) return this.#fromPremaster(premaster, server, suite);
    return this.#store.sessionMaster(server.sessionId) ?? this.#store.sessionMaster(client.ticket) ?? null;
  }

  #premaster(): Uint8Array | null {
    if (this.#encryptedPremaster === null || this.#suite?.usesRsaKeyExchange !== true) return null;
    return this.#store.premasterOf(this.#encryptedPremaster);
  }

  #fromPremaster(premaster: Uint8Array, server: ServerHello, suite: CipherSuite): Uint8Array | null {
    const prf = prfOf(server.version, suite);
    if (!server.extendedMasterSecret) {
      return masterSecret(premaster, prf, { client: this.#client!.random, server: server.random });
    }
    if (this.#transcript === null) return null;
    const digests = transcriptHash(server.version, suite).map((hash) => {
      for (const message of this.#transcript ?? []) hash.update(message);
      return hash.digest();
    });
    return masterSecret(premaster, prf, { sessionHash: Buffer.concat(digests) });
  }
}
