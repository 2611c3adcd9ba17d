/** Procedures that clients call by name or by number, and what is known of some: which of their arguments is a statement. */

import { ByteInterner } from '../../decode/interner.ts';
import { CallGroup } from '../../dissect/call-group.ts';
import { secretProcedure } from './statements.ts';
import { utf16Text } from './text.ts';

/** Which argument of a procedure is a statement, and how many stand before what is bound to it. */
const statementAt: Readonly<Record<string, { readonly text: number; readonly values: number }>> = {
  sp_executesql: { text: 0, values: 2 },
  sp_prepare: { text: 2, values: 4 },
  sp_prepexec: { text: 2, values: 3 },
  sp_cursoropen: { text: 1, values: 6 },
  sp_cursorprepexec: { text: 3, values: 8 },
  sp_cursorprepare: { text: 2, values: 5 },
};
const runsHandle = new Set(['sp_execute', 'sp_cursorexecute', 'sp_unprepare', 'sp_cursorunprepare']);
/** `sp_prepexec`. */
const preparing = /^sp_(?:cursor)?prep(?:are|exec)$/i;

export class Procedure {
  readonly name: string;
  /** Which of its arguments is a statement; -1 for none. */
  readonly statement: number;
  /** How many arguments stand before what is shown as bound. */
  readonly before: number;
  /** The first argument is the number of a prepared statement. */
  readonly runsHandle: boolean;
  /** Its first output is such a number. */
  readonly prepares: boolean;
  readonly unprepares: boolean;
  /** Its arguments are passwords. */
  readonly isSecret: boolean;
  readonly group: CallGroup;

  constructor(name: string) {
    const short = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
    const place = statementAt[short];
    this.name = name;
    this.runsHandle = runsHandle.has(short);
    this.statement = place?.text ?? -1;
    this.before = place?.values ?? (this.runsHandle ? 1 : 0);
    this.prepares = preparing.test(name);
    this.unprepares = name.toLowerCase().endsWith('unprepare');
    this.isSecret = secretProcedure.test(name);
    this.group = new CallGroup(`EXEC ${name}`);
  }
}

/** Names that stand for procedures by number. */
const numbered = [
  ...['', 'sp_cursor', 'sp_cursoropen', 'sp_cursorprepare', 'sp_cursorexecute', 'sp_cursorprepexec'],
  ...['sp_cursorunprepare', 'sp_cursorfetch', 'sp_cursoroption', 'sp_cursorclose', 'sp_executesql'],
  ...['sp_prepare', 'sp_execute', 'sp_prepexec', 'sp_prepexecrpc', 'sp_unprepare'],
].map((name) => new Procedure(name));
const named = new ByteInterner((bytes, start, end) => new Procedure(utf16Text(bytes.subarray(start, end))));

export const procedureByNumber = (number: number): Procedure =>
  numbered[number] ?? new Procedure(`procedure ${number}`);
/** By its name in UTF-16. */
export const procedureByName = (bytes: Uint8Array, start: number, end: number): Procedure =>
  named.of(bytes, start, end);
