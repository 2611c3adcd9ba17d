/** Subjects, which come again and again but for those of a single reply: each is kept with what is made of it. */

import { internedText } from '../../decode/interned-text.ts';
import { ByteInterner } from '../../decode/interner.ts';
import { Remembered } from '../../decode/remembered.ts';
import { CallGroup } from '../../dissect/call-group.ts';
import { foldPath } from '../../http/target.ts';
import { piece } from '../../json/json-writer.ts';
import { operationOf } from './jetstream.ts';

/** Half as many are kept of each verb, some 500 bytes each with what is written of them. */
const KEPT_SUBJECTS = { capacity: 8192, maxLength: 160 } as const;
const PATTERNS = { texts: 8192, characters: 256 } as const;
const INBOX = '_INBOX';
const UNDERSCORE = 0x5f;
const DOLLAR = 0x24;

/** What may be written of messages of the usual kind. */
export type PlainVerb = 'PUB' | 'MSG';

/** A verb about a subject: what calls group by, and what is written of them. */
export class About {
  readonly group: CallGroup;
  /** From the method to the inside of the summary, behind the subject. */
  readonly names: Uint8Array;
  /** What a call tells of itself, up to its subject and the end of that. */
  readonly data: Uint8Array;
  /** The subject, null where it is another of each message: then it is to be written behind both pieces. */
  readonly subject: string | null;

  constructor(verb: PlainVerb, subject: string | null) {
    const endpoint = endpointOf(verb, subject ?? `${INBOX}.`);
    const summary = JSON.stringify(`${verb} ${subject ?? ''}`).slice(0, -1);
    const told = subject === null ? '"' : JSON.stringify(subject);
    this.subject = subject;
    this.group = new CallGroup(endpoint);
    this.names = piece(`,"method":"${verb}","endpoint":${JSON.stringify(endpoint)},"summary":${summary}`);
    this.data = piece(`,"nats":{"command":"${verb}","subject":${told}`);
  }
}

/** `orders.7.paid` → `orders.{id}.paid`; every inbox is one. */
const patternOf = (subject: string): string => (subject.startsWith(`${INBOX}.`) ? INBOX : patterns.of(subject));
const patterns = new Remembered((subject) => foldPath(subject.replaceAll('.', '/')).replaceAll('/', '.'), PATTERNS);

/** What calls about a subject group by. */
export function endpointOf(verb: string, subject: string): string {
  const operation = subject.startsWith('$') ? operationOf(subject) : undefined;
  if (operation !== undefined) return [verb, operation.operation, operation.stream].filter(Boolean).join(' ');
  return subject === '' ? verb : `${verb} ${patternOf(subject)}`;
}

const interned = (verb: PlainVerb) =>
  new ByteInterner((bytes, start, end) => new About(verb, internedText(bytes, start, end)), KEPT_SUBJECTS);
const known = { PUB: interned('PUB'), MSG: interned('MSG') } as const;
const inboxes = { PUB: new About('PUB', null), MSG: new About('MSG', null) } as const;

/** Null for subjects of JetStream, which tell more, and others that seldom come again. */
export function aboutAt(verb: PlainVerb, bytes: Uint8Array, start: number, end: number): About | null {
  const first = bytes[start];
  if (first === DOLLAR) return null;
  if (first !== UNDERSCORE) return known[verb].of(bytes, start, end);
  return isInbox(bytes, start, end) ? inboxes[verb] : null;
}

/** Does it begin with `_INBOX.`? */
export function isInbox(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start <= INBOX.length || bytes[start + INBOX.length] !== 0x2e) return false;
  for (let i = 0; i < INBOX.length; i++) if (bytes[start + i] !== INBOX.charCodeAt(i)) return false;
  return true;
}
