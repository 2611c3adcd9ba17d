/** Commands of STOMP, and what is written of each. */

import { ByteInterner } from '../../decode/interner.ts';
import type { Side } from '../../dissect/dissector.ts';
import { piece } from '../../json/json-writer.ts';
import type { HeaderName } from './headers.ts';

export class Command {
  readonly name: string;
  /** Its place among all commands. */
  readonly index: number;
  readonly isLogin: boolean;
  readonly isSettlement: boolean;
  /** Headers of others are taken as they are, for the sake of 1.0 (§"Value Encoding"). */
  readonly isEscaped: boolean;
  /** Names of headers in the order in which its last frames had them: those of the next are nearly always the same. */
  readonly usual: HeaderName[] = [];
  /** The member of a frame, and the beginning of what the call tells of itself. */
  readonly member: Uint8Array;
  readonly data: Uint8Array;

  constructor(name: string, index: number) {
    this.name = name;
    this.index = index;
    this.isLogin = name === 'CONNECT' || name === 'STOMP';
    this.isSettlement = name === 'ACK' || name === 'NACK';
    this.isEscaped = !this.isLogin && name !== 'CONNECTED';
    this.member = piece(`,"command":"${name}"`);
    this.data = piece(`,"stomp":{"command":"${name}"`);
  }
}

const fromClient = [
  ...['CONNECT', 'STOMP', 'SEND', 'SUBSCRIBE', 'UNSUBSCRIBE', 'ACK', 'NACK'],
  ...['BEGIN', 'COMMIT', 'ABORT', 'DISCONNECT'],
];
const fromServer = ['CONNECTED', 'MESSAGE', 'RECEIPT', 'ERROR'];
/** By the side that gives them. */
export const commandNames: Readonly<Record<Side, readonly string[]>> = { client: fromClient, server: fromServer };

const all = new Map([...fromClient, ...fromServer].map((name, index) => [name, new Command(name, index)]));
/** What a frame is before it was read. */
export const NO_COMMAND = new Command('', all.size);

/** Half as many words are kept; there are few commands, and few ways to write them. */
const KEPT_WORDS = { capacity: 64, maxLength: 16 } as const;
const wordsOf = (side: Side) =>
  new ByteInterner((bytes, start, end) => {
    const word = Buffer.prototype.latin1Slice.call(bytes, start, end).toUpperCase();
    return commandNames[side].includes(word) ? all.get(word) : undefined;
  }, KEPT_WORDS);
const client = wordsOf('client');
const server = wordsOf('server');

/** The command of a side that a word is, in whatever letters; undefined when it is none. */
export const commandAt = (side: Side, bytes: Uint8Array, start: number, end: number): Command | undefined =>
  (side === 'client' ? client : server).of(bytes, start, end);
