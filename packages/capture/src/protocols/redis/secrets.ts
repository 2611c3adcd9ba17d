/** Arguments that are passwords: they leave the parser as a mark, never as text. */

import type { JsonValue } from '@kubeshark/model';
import { commandName } from './keys.ts';
import type { RespValue } from './values.ts';
import { monitored, textIn, wordsOf } from './words.ts';

const REDACTED = '[REDACTED]';

/** Configuration parameters whose value is a secret. */
const secretParameters = new Set([
  'requirepass',
  'masterauth',
  'primaryauth',
  'tls-key-file-pass',
  'tls-client-key-file-pass',
  'sentinel-pass',
  'auth-pass',
]);

/** The words of a command with every secret replaced. */
export function withoutSecrets(name: string, words: readonly string[]): readonly string[] {
  switch (name) {
    case 'AUTH':
      // AUTH password, AUTH user password
      return words.map((word, index) => (index > 0 && index === words.length - 1 ? REDACTED : word));
    case 'HELLO':
    case 'MIGRATE':
      return afterKeywords(words);
    case 'CONFIG SET':
    case 'SENTINEL':
      return words.map((word, index) =>
        index > 2 && secretParameters.has((words[index - 1] ?? '').toLowerCase()) ? REDACTED : word,
      );
    case 'ACL SETUSER':
      // Rules that add or remove a password or its hash: >password <password #hash !hash
      return words.map((word, index) => (index > 2 && /^[><#!]/.test(word) ? `${word[0]}${REDACTED}` : word));
    default:
      return words;
  }
}

/** `AUTH user password` inside HELLO; `AUTH password` or `AUTH2 user password` inside MIGRATE. */
function afterKeywords(words: readonly string[]): readonly string[] {
  const isHello = words[0]?.toUpperCase() === 'HELLO';
  const secret = new Set<number>();
  words.forEach((word, index) => {
    if (index === 0) return;
    const keyword = word.toUpperCase();
    if (keyword === 'AUTH2' || (keyword === 'AUTH' && isHello)) secret.add(index + 2);
    else if (keyword === 'AUTH') secret.add(index + 1);
  });
  return words.map((word, index) => (secret.has(index) ? REDACTED : word));
}

/** The value of a setting in what `CONFIG GET` answers: a list of names and values, or a map. */
const settingsWithoutSecrets = (value: JsonValue): JsonValue => {
  if (Array.isArray(value))
    return (value as readonly JsonValue[]).map((item, at, all) =>
      at % 2 === 1 && isSecret(all[at - 1]) ? REDACTED : item,
    );
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, isSecret(name) ? REDACTED : item]));
};

const isSecret = (name: JsonValue | undefined): boolean =>
  typeof name === 'string' && secretParameters.has(name.toLowerCase());

/** `#` and 64 hexadecimal digits in a rule, bare digits in a list of hashes. */
const passwordHash = /#?\b[0-9a-f]{64}\b/g;

const withoutHashes = (value: JsonValue): JsonValue => {
  if (typeof value === 'string') return value.replaceAll(passwordHash, REDACTED);
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(withoutHashes);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withoutHashes(item ?? null)]));
};

/** The reply to a command with every secret replaced: some commands tell passwords. */
export function replyWithoutSecrets(name: string, reply: RespValue): RespValue {
  if (reply.error !== undefined) return reply;
  switch (name) {
    case 'CONFIG GET':
      return { ...reply, value: settingsWithoutSecrets(reply.value) };
    case 'ACL GENPASS':
      return { ...reply, value: REDACTED };
    case 'ACL GETUSER':
    case 'ACL LIST':
      return { ...reply, value: withoutHashes(reply.value) };
    default:
      return reply;
  }
}

/** What the server sends by itself: a line of MONITOR, or a command for a replica, may carry a password too. */
export function pushWithoutSecrets(value: RespValue): RespValue {
  const line = value.type === '+' ? monitored(textIn(value)) : undefined;
  if (line !== undefined) {
    const { head, words } = line;
    const shown = withoutSecrets(commandName(words), words);
    return shown === words ? value : { ...value, value: head + shown.map((word) => `"${word}"`).join(' ') };
  }
  const words = value.type === '*' ? wordsOf(value) : undefined;
  return words === undefined ? value : { ...value, value: withoutSecrets(commandName(words), words) };
}
