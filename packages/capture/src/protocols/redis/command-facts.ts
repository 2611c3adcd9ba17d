/** What is known of commands by their name, found by its bytes. */

import { ByteInterner, latin1 } from '../../decode/interner.ts';
import { CallGroup } from '../../dissect/call-group.ts';
import { piece } from '../../json/json-writer.ts';
import { missOf } from './hits.ts';
import { hasSubcommands, type KeyRange, keyRangeOf } from './keys.ts';

/**
 * Commands that change what comes after them on the connection, or carry or are answered with secrets; those with
 * subcommands are none of the usual either.
 */
const unusual = new Set(
  (
    'AUTH HELLO MIGRATE SENTINEL SYNC PSYNC REPLCONF MONITOR RESET EXEC QUIT ' +
    'SUBSCRIBE PSUBSCRIBE SSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE SUNSUBSCRIBE'
  ).split(' '),
);
const PLAIN_NAME = /^[A-Za-z][A-Za-z0-9._-]*$/;

export interface CommandFacts {
  /** In capitals. */
  readonly name: string;
  /** Means nothing for what comes after it, and has no secrets: it can be read and written as bytes. */
  readonly isPlain: boolean;
  /** `none` without any; null where only the words tell. */
  readonly keys: KeyRange | 'none' | null;
  readonly miss: ReturnType<typeof missOf>;
  /** Of calls without a key; others have `endpointPrefix` and the folded key. */
  readonly group: CallGroup;
  readonly endpointPrefix: Uint8Array;
  /** How the call's own values begin. */
  readonly data: Uint8Array;
}

function factsOf(sent: string): CommandFacts {
  const name = sent.toUpperCase();
  return {
    name,
    isPlain: PLAIN_NAME.test(sent) && !unusual.has(name) && !hasSubcommands(name),
    keys: keyRangeOf(name),
    miss: missOf(name),
    group: new CallGroup(name),
    endpointPrefix: piece(`${name} `),
    data: piece(`,"redis":{"command":${JSON.stringify(name)}`),
  };
}

const commands = new ByteInterner((bytes, start, end) => factsOf(latin1(bytes, start, end)));

/** Of the command whose name is `bytes[start, end)`. */
export const commandFacts = (bytes: Uint8Array, start: number, end: number): CommandFacts =>
  commands.of(bytes, start, end);
