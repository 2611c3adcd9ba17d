/**
 * The way into a connection as one call: protocol header, connection.start, secure, tune and open with their answers (§2.2.4).
 * The mechanism and the user's name are kept, what proves the user never.
 */

import type { JsonObject, JsonValue } from '@kubeshark/model';
import { ByteReader } from '../../decode/byte-reader.ts';
import type { Side, Span } from '../../dissect/dissector.ts';
import type { CallFacts, Login } from './call.ts';
import { Half, textIn } from './half.ts';
import { readTable } from './values.ts';
import type { Frame } from './wire.ts';

/** Longer user names are nobody's. */
const MAX_USER_BYTES = 255;
/** What programs say of themselves at length. */
const untold = new Set(['capabilities', 'copyright', 'information']);

const told = (properties: JsonValue | undefined): JsonObject =>
  Object.fromEntries(Object.entries((properties ?? {}) as JsonObject).filter(([name]) => !untold.has(name)));

export class LoginSteps {
  readonly #login: Login = { methods: { client: [], server: [] }, facts: {} };
  #request: Half | undefined;
  #response: Half | undefined;
  user: string | undefined;
  vhost: string | undefined;

  /** The client's protocol header, or the server's when it speaks another version. */
  header(side: Side, size: number, span: Span): void {
    this.#grow(side, size, span);
  }

  /** Takes one step; true when it was the last: the connection is open, or the server closes it. */
  step(side: Side, said: { readonly name: string; readonly fields: JsonObject }, frame: Frame, span: Span): boolean {
    const { name, fields } = said;
    this.#grow(side, frame.size, span);
    this.#login.methods[side].push(name);
    const { facts } = this.#login;
    switch (name) {
      case 'connection.start':
        facts['server'] = told(fields['serverProperties']);
        facts['mechanisms'] = textIn(fields, 'mechanisms').split(' ');
        break;
      case 'connection.start-ok':
        facts['client'] = told(fields['clientProperties']);
        this.#login.mechanism = textIn(fields, 'mechanism');
        this.user = userIn(frame);
        break;
      case 'connection.tune-ok':
        Object.assign(facts, fields);
        break;
      case 'connection.open':
        this.vhost = textIn(fields, 'virtualHost');
        break;
    }
    if (name === 'connection.close') this.#response?.say(name, fields);
    return name === 'connection.open-ok' || name === 'connection.close';
  }

  /** What is known so far becomes that of a call. */
  fill(call: CallFacts): void {
    call.request = this.#request;
    call.response = this.#response;
    call.login = this.#login;
  }

  #grow(side: Side, size: number, span: Span): void {
    const name = side === 'client' ? 'connection.open' : 'connection.open-ok';
    const half = (side === 'client' ? this.#request : this.#response) ?? Half.named(name, span);
    half.end = span.last;
    half.size += size;
    if (side === 'client') this.#request = half;
    else this.#response = half;
  }
}

/**
 * The user's name in a connection.start-ok: PLAIN has `authorization NUL user NUL password` (RFC 4616), AMQPLAIN a table
 * without its length.
 */
function userIn({ bytes, start, end }: Frame): string | undefined {
  const reader = new ByteReader(bytes, start + 4, end);
  reader.skip(reader.u32()); // client properties
  const mechanism = reader.text(reader.u8());
  const length = reader.u32();
  if (mechanism === 'PLAIN') {
    const [, user] = new TextDecoder().decode(reader.view(Math.min(length, reader.left))).split('\0');
    return user === undefined || user.length > MAX_USER_BYTES ? undefined : user;
  }
  if (mechanism !== 'AMQPLAIN' || length > reader.left) return undefined;
  const prefixed = new Uint8Array(4 + length);
  new DataView(prefixed.buffer).setUint32(0, length);
  prefixed.set(reader.view(length), 4);
  const user = readTable(new ByteReader(prefixed))['LOGIN'];
  return typeof user === 'string' ? user : undefined;
}
