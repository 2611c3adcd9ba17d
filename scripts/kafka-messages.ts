/**
 * Writes packages/capture/src/protocols/kafka/messages.ts and error-codes.ts from what Apache Kafka itself publishes: the
 * message definitions inside the jar of its clients (`common/message/*.json`), and its list of errors. Needs Maven and a JDK:
 * `node scripts/kafka-messages.ts`.
 *
 * Kafka 4.0 removed versions and APIs that older clients still speak: those come from the last definitions that had them.
 */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CURRENT, jarsOf, LEGACY } from '../packages/capture/fixtures/kafka/jars.ts';

const target = path.join(import.meta.dirname, '../packages/capture/src/protocols/kafka');

interface Field {
  readonly name: string;
  readonly type: string;
  readonly versions: string;
  readonly nullableVersions?: string;
  readonly tag?: number;
  readonly entityType?: string;
  readonly fields?: readonly Field[];
}
interface Message {
  readonly apiKey?: number;
  readonly type: string;
  readonly name: string;
  readonly validVersions: string;
  readonly flexibleVersions?: string;
  readonly fields: readonly Field[];
  readonly commonStructs?: readonly { readonly name: string; readonly fields: readonly Field[] }[];
}
interface Range {
  readonly from: number;
  readonly to: number;
}

/** Data that travels inside byte fields of messages. */
const embedded = new Set(['ConsumerProtocolSubscription', 'ConsumerProtocolAssignment']);
const entities: Readonly<Record<string, string>> = { topicName: 'topic', groupId: 'group' };

function rangeOf(text: string | undefined): Range | undefined {
  const match = /^(\d+)(?:(\+)|-(\d+))?$/.exec(text ?? '');
  if (match?.[1] === undefined) return undefined;
  const from = Number(match[1]);
  return { from, to: match[2] === undefined ? Number(match[3] ?? from) : Number.POSITIVE_INFINITY };
}

const overlap = (a: Range, b: Range): Range | undefined => {
  const from = Math.max(a.from, b.from);
  const to = Math.min(a.to, b.to);
  return from <= to ? { from, to } : undefined;
};

/** What of a range is not already said by the range around it: nothing, `3` (and later), or `0-2`. */
const rangeText = (range: Range, within: Range): string =>
  range.to < within.to ? `${range.from}-${range.to}` : range.from > within.from ? `${range.from}` : '';

function fieldsText(message: Message, fields: readonly Field[], within: Range): string {
  return fields
    .map((field) => fieldText(message, field, within))
    .filter((text) => text !== '')
    .join(' ');
}

function fieldText(message: Message, field: Field, within: Range): string {
  const versions = overlap(rangeOf(field.versions) ?? { from: 1, to: 0 }, within);
  if (versions === undefined) return '';
  const isArray = field.type.startsWith('[]');
  const element = isArray ? field.type.slice(2) : field.type;
  const struct = field.fields ?? message.commonStructs?.find(({ name }) => name === element)?.fields;
  const inner =
    struct === undefined ? (entities[field.entityType ?? ''] ?? element) : `{${fieldsText(message, struct, versions)}}`;
  const present = rangeText(versions, within);
  const nullable = overlap(rangeOf(field.nullableVersions) ?? { from: 1, to: 0 }, versions);
  return [
    `${field.name[0]?.toLowerCase()}${field.name.slice(1)}:${isArray ? `[${inner}]` : inner}`,
    present === '' ? '' : `@${present}`,
    nullable === undefined ? '' : `?${rangeText(nullable, versions)}`,
    field.tag === undefined ? '' : `#${field.tag}`,
  ].join('');
}

/** One line of the table: `key name side versions firstFlexible fields`. */
function lineOf(message: Message, within: Range): string {
  const flexible = rangeOf(message.flexibleVersions)?.from ?? -1;
  const name = message.name.replace(/(Request|Response)$/, '');
  const versions = `${within.from}-${within.to}`;
  return [message.apiKey ?? -1, name, message.type, versions, flexible, fieldsText(message, message.fields, within)]
    .join(' ')
    .trimEnd();
}

function messagesOf(version: string): Message[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'kafka-messages-'));
  const jar = jarsOf('kafka-clients', version).find((file) => file.includes('kafka-clients'));
  execFileSync('jar', ['xf', jar ?? '', 'common/message'], { cwd: folder });
  const names = readdirSync(path.join(folder, 'common/message')).filter((name) => name.endsWith('.json'));
  const messages = names.map((name) => {
    const text = readFileSync(path.join(folder, 'common/message', name), 'utf8');
    return JSON.parse(text.replace(/^\s*\/\/.*$/gm, '')) as Message;
  });
  rmSync(folder, { recursive: true });
  return messages.filter(({ type, name }) => type === 'request' || type === 'response' || embedded.has(name));
}

/** Names and texts of the error codes, as the clients' own enumeration has them. */
function errorsOf(version: string): (readonly [code: number, name: string, text: string])[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'kafka-errors-'));
  const program = path.join(folder, 'PrintErrors.java');
  writeFileSync(
    program,
    `public class PrintErrors { public static void main(String[] none) {
      for (var error : org.apache.kafka.common.protocol.Errors.values())
        System.out.println(error.code() + "\\t" + error.name() + "\\t" + error.message());
    } }`,
  );
  const classPath = jarsOf('kafka-clients', version).join(path.delimiter);
  const output = execFileSync('java', ['-cp', classPath, program], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  rmSync(folder, { recursive: true });
  return output
    .trim()
    .split('\n')
    .map((line) => line.split('\t'))
    .map(([code = '', name = '', text = '']) => [Number(code), name, text] as const)
    .filter(([code]) => code !== 0);
}

const current = messagesOf(CURRENT);
const legacy = messagesOf(LEGACY);
const lines: string[] = [];
const same = (one: Message) => (other: Message) =>
  one.apiKey === other.apiKey && one.type === other.type && (one.apiKey !== undefined || one.name === other.name);
for (const message of [...current, ...legacy.filter((old) => !current.some(same(old)))]) {
  const range = rangeOf(message.validVersions);
  const old = legacy.find(same(message));
  const oldRange = rangeOf(old?.validVersions);
  // What the current definitions still say of removed versions is the same; where they do not, the old ones do.
  if (old !== undefined && oldRange !== undefined && oldRange.from < (range?.from ?? Infinity)) {
    lines.push(lineOf(old, { from: oldRange.from, to: Math.min(oldRange.to, (range?.from ?? Infinity) - 1) }));
  }
  if (range !== undefined) lines.push(lineOf(message, range));
}
const sorted = lines
  .map((line) => ({ line, key: Number(line.split(' ')[0]) }))
  .sort((a, b) => a.key - b.key || (a.line < b.line ? -1 : 1))
  .map(({ line }) => line);

const notice = `Generated by scripts/kafka-messages.ts from Apache Kafka ${CURRENT}`;
writeFileSync(
  path.join(target, 'messages.ts'),
  `/**
 * Every message of Kafka's protocol: https://kafka.apache.org/protocol
 *
 * ${notice}'s message definitions; versions that
 * 4.0 removed are from those of ${LEGACY}.
 *
 * A line is \`key name side versions firstFlexible fields\`. A field is \`name:type\`; \`[…]\` is a list, \`{…}\` a structure;
 * then \`@3\` (from this version on) or \`@0-2\`, \`?\` (may be null, \`?3\` from this version on), \`#0\` (tagged). \`topic\` and
 * \`group\` are strings that name one.
 */
export const messageTable = \`
${sorted.join('\n')}
\`;
`,
);
const errors = errorsOf(CURRENT);
writeFileSync(
  path.join(target, 'error-codes.ts'),
  `/** Error codes of Kafka's protocol. ${notice}'s own list. */
export const errorCodes: readonly (readonly [code: number, name: string, text: string])[] = [
${errors.map((row) => `  ${JSON.stringify(row)},`).join('\n')}
];
`,
);
execFileSync('biome', ['check', '--write', path.join(target, 'error-codes.ts')], { stdio: 'inherit' });
console.log(`${sorted.length} messages and ${errors.length} errors of Apache Kafka ${CURRENT}`);
