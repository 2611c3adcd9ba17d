/** What is known of packets of one code, made once: how they are named, grouped and written. */

import { CallGroup } from '../../dissect/call-group.ts';
import { piece } from '../../json/json-writer.ts';
import { attributeOf } from './attributes.ts';
import { codeName } from './wire.ts';

const CODES = 256;
/** Accounting-Request, and its Acct-Status-Type: the only attribute that says what kind of request it is. */
export const ACCOUNTING = 4;
export const STATUS_TYPE = 40;

/** Answers that refuse: Access-Reject, Disconnect-NAK, CoA-NAK. */
export const isRefusal = (code: number): boolean => code === 3 || code === 42 || code === 45;

export interface Code {
  readonly name: string;
  readonly group: CallGroup;
  /** How the values of a call begin whose request it is; the answer among them; from the answer's status to its attributes. */
  readonly data: Uint8Array;
  readonly reply: Uint8Array;
  readonly status: Uint8Array;
  /** As the beginning and the end of a summary. */
  readonly asked: Uint8Array;
  readonly answered: Uint8Array;
}

function make(code: number): Code {
  const name = codeName(code);
  return {
    name,
    group: new CallGroup(name),
    data: piece(`,"radius":{"code":"${name}","identifier":`),
    reply: piece(`,"reply":"${name}"`),
    status: piece(`,"status":${isRefusal(code) ? code : 0},"statusText":"${name}","attributes":`),
    asked: piece(name),
    answered: piece(` → ${name}`),
  };
}

const codes = Array.from({ length: CODES }, (_, code) => make(code));
const NOTHING = piece('');
/** Of a call without an answer. */
export const NO_CODE: Code = { ...make(0), reply: NOTHING, answered: NOTHING };
export const codeFacts = (code: number): Code => codes[code] ?? NO_CODE;

const accounting = new Map<number, CallGroup>();
for (const [status, name] of Object.entries(attributeOf(STATUS_TYPE).values ?? {}))
  accounting.set(Number(status), new CallGroup(`${codeName(ACCOUNTING)} ${name}`));

/** The group of accounting requests with a status that has a name; else that of all. */
export const accountingGroup = (status: number): CallGroup => accounting.get(status) ?? codeFacts(ACCOUNTING).group;
