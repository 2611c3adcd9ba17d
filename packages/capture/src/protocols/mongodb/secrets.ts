/** Passwords, proofs and keys in commands: they leave as a mark. */

import type { JsonObject, JsonValue } from '@kubeshark/model';

const REDACTED = '[REDACTED]';
/** Members that are secrets in the commands about logins and users, and in their replies. */
const secretMembers = new Set(['payload', 'pwd', 'key', 'nonce', 'digestPassword', 'signature']);
const aboutLogins = new Set(
  [
    'saslStart',
    'saslContinue',
    'authenticate',
    'getnonce',
    'createUser',
    'updateUser',
    'copydbsaslstart',
    'copydb',
  ].map((name) => name.toLowerCase()),
);
/** A login inside the greeting, and the cluster's signed time. */
const secretDocuments = new Set(['speculativeAuthenticate', '$clusterTime']);

/** What such a command says is looked at member by member. */
export const isAboutLogins = (command: string): boolean => aboutLogins.has(command.toLowerCase());
export const isSecretDocument = (name: string): boolean => secretDocuments.has(name);
export const isSecretMember = (name: string): boolean => secretMembers.has(name);

/** The document of a command, or of the reply to it, without secrets. */
export function withoutSecrets(command: string, document: JsonObject): JsonObject {
  if (isAboutLogins(command)) return redacted(document);
  const members = Object.entries(document).map(([name, value]) => [
    name,
    secretDocuments.has(name) ? hidden(value ?? null) : value,
  ]);
  return Object.fromEntries(members) as JsonObject;
}

function redacted(document: JsonObject): JsonObject {
  const members = Object.entries(document).map(([name, value]) => [
    name,
    secretMembers.has(name) && typeof value !== 'boolean' ? REDACTED : hidden(value ?? null),
  ]);
  return Object.fromEntries(members) as JsonObject;
}

/** Secrets at any depth of a value; BSON's own limit of depth bounds it. */
function hidden(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(hidden);
  return typeof value === 'object' && value !== null ? redacted(value as JsonObject) : value;
}
