/** Everything known that opens TLS connections: key logs, secrets inside captures, RSA private keys, live additions. */

import { constants, createPrivateKey, type KeyObject, privateDecrypt } from 'node:crypto';
import { hexText } from '../decode/hex.ts';
import { parseKeyLogLine } from './key-log.ts';

/**
 * Connections whose secrets are kept, oldest out: an agent that is fed keys for weeks must not grow. 100,000 handshakes
 * are minutes of a busy node, about 60 MB.
 */
export const MAX_CONNECTIONS = 100_000;
/** Sessions kept for resumption; each is 48 bytes and its id. */
const MAX_SESSIONS = 20_000;

/** Records of all connections that wait for keys; past this they are given up, so that a node full of TLS cannot fill memory. */
export const MAX_WAITING_BYTES = 32 * 1024 * 1024;

/** RFC 8017 §7.2: `00 02`, at least eight random bytes, `00`, then the premaster secret of 48 bytes. */
const PREMASTER_BYTES = 48;

/** Secrets of one connection by key log label: `CLIENT_TRAFFIC_SECRET_0`. */
export type ConnectionSecrets = ReadonlyMap<string, Uint8Array>;

export class KeyStore {
  readonly #connections = new Map<string, Map<string, Uint8Array>>();
  readonly #sessions = new Map<string, Uint8Array>();
  readonly #premasters = new Map<string, Uint8Array>();
  readonly #privateKeys: KeyObject[] = [];
  readonly #live: boolean;
  #version = 0;
  #waitingBytes = 0;

  /** `live`: keys will be added while packets are read, so records may wait for theirs. */
  constructor({ live = false }: { readonly live?: boolean } = {}) {
    this.#live = live;
  }

  /** Rises with every addition: a connection that waits for its keys asks again when this has changed. */
  get version(): number {
    return this.#version;
  }

  /** False when no key was ever given or will be: nothing is worth waiting for. */
  get mayHaveKeys(): boolean {
    return this.#live || this.#version > 0;
  }

  /** Asks for room for records that wait for their key. */
  reserve(bytes: number): boolean {
    if (this.#waitingBytes + bytes > MAX_WAITING_BYTES) return false;
    this.#waitingBytes += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#waitingBytes -= bytes;
  }

  get hasPrivateKeys(): boolean {
    return this.#privateKeys.length > 0;
  }

  /** Adds the text of a file of either kind, a key log or private keys; answers what is wrong with it, or null. */
  addFile(text: string): string | null {
    if (text.includes('-----BEGIN ')) return this.addPrivateKeys(text);
    return this.addKeyLog(text) > 0 ? null : 'neither key log lines nor a private key';
  }

  /** Adds key log text, whole lines; answers how many secrets it held. */
  addKeyLog(text: string): number {
    let added = 0;
    for (const line of text.split('\n')) {
      const parsed = parseKeyLogLine(line);
      if (parsed === null) continue;
      added++;
      if (parsed.kind === 'secret') this.#addSecret(parsed.clientRandom, parsed.label, parsed.secret);
      else if (parsed.kind === 'session') keepNewest(this.#sessions, parsed.sessionId, parsed.secret);
      else keepNewest(this.#premasters, parsed.encryptedStart, parsed.secret);
    }
    this.#version += added;
    return added;
  }

  /** Adds RSA private keys in PEM; answers what is wrong with the text, or null. */
  addPrivateKeys(pem: string): string | null {
    const blocks = pem.match(/-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]+-----END [A-Z ]*PRIVATE KEY-----/g) ?? [];
    if (blocks.length === 0) return 'no private key in this file';
    for (const block of blocks) {
      try {
        const key = createPrivateKey(block);
        if (key.asymmetricKeyType !== 'rsa') return `${key.asymmetricKeyType} keys do not open TLS, only RSA keys do`;
        this.#privateKeys.push(key);
        this.#version++;
      } catch (error) {
        return `private key cannot be read: ${error instanceof Error ? error.message : 'unknown reason'}`;
      }
    }
    return null;
  }

  #addSecret(clientRandom: string, label: string, secret: Uint8Array): void {
    const known = this.#connections.get(clientRandom) ?? new Map<string, Uint8Array>();
    known.set(label, secret);
    // Set again at the end: the newest are kept longest.
    this.#connections.delete(clientRandom);
    this.#connections.set(clientRandom, known);
    if (this.#connections.size > MAX_CONNECTIONS) this.#connections.delete(firstKey(this.#connections));
  }

  secretsOf(clientRandom: Uint8Array): ConnectionSecrets | undefined {
    return this.#connections.size === 0 ? undefined : this.#connections.get(hexText(clientRandom));
  }

  /** Master secret of a session that is being resumed, by its id or ticket. */
  sessionMaster(id: Uint8Array): Uint8Array | undefined {
    return this.#sessions.size === 0 || id.length === 0 ? undefined : this.#sessions.get(hexText(id));
  }

  /** Keeps a master secret under the session id or ticket the server gave for it. */
  rememberSession(id: Uint8Array, master: Uint8Array): void {
    if (id.length > 0) keepNewest(this.#sessions, hexText(id), master);
  }

  /** The premaster secret that was encrypted to one of the RSA keys (RFC 5246 §7.4.7.1); null when none fits. */
  premasterOf(encrypted: Uint8Array): Uint8Array | null {
    const logged = this.#premasters.get(hexText(encrypted.subarray(0, 8)));
    if (logged !== undefined) return logged;
    for (const key of this.#privateKeys) {
      const premaster = decryptPremaster(key, encrypted);
      if (premaster !== null) return premaster;
    }
    return null;
  }
}

/**
 * Padding is taken off here rather than by the library, which answers random bytes for a wrong key on purpose (a defence
 * servers need): with several keys, the one that fits must be known.
 */
function decryptPremaster(key: KeyObject, encrypted: Uint8Array): Uint8Array | null {
  try {
    const block = privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, encrypted);
    const start = block.length - PREMASTER_BYTES;
    const isPadded = start >= 11 && block[0] === 0 && block[1] === 2 && block[start - 1] === 0;
    return isPadded && block.indexOf(0, 2) === start - 1 ? block.subarray(start) : null;
  } catch {
    // The ciphertext does not have this key's length.
    return null;
  }
}

function keepNewest(map: Map<string, Uint8Array>, key: string, value: Uint8Array): void {
  map.delete(key);
  map.set(key, value.slice());
  if (map.size > MAX_SESSIONS) map.delete(firstKey(map));
}

function firstKey(map: ReadonlyMap<string, unknown>): string {
  const [first = ''] = map.keys();
  return first;
}
