/** An operation while it is put together; the session fills it, `describe.ts` shows it. */

import { Slab } from '../../decode/slab.ts';
import { CountedExchange } from '../../dissect/counted-exchange.ts';
import { isFailure } from './operations.ts';

/** Entries of one search whose attributes are shown; all are counted. */
export const MAX_ENTRIES_KEPT = 50;

/** Copies of requests, results and entries, of all connections. */
const copies = new Slab();

export abstract class CallFacts extends CountedExchange {
  readonly protocol = 'ldap';
  /** Name of the operation; `message` for one this version does not know. */
  readonly operation: string;
  readonly id: number;
  /** The request's content; undefined when it was not seen. */
  request: Uint8Array | undefined;
  /** The result's content. */
  result: Uint8Array | undefined;
  code: number | null = null;
  entryCount = 0;
  referenceCount = 0;
  readonly entries: Uint8Array[] = [];
  /** Steps of an operation that says something before its result: IntermediateResponse (RFC 4511 §4.13). */
  intermediateCount = 0;
  /** Place among the client's messages; and of the message that abandoned it, when one has. */
  order = 0;
  abandonedBy: number | undefined;
  /** Why there is no result, when there should be one. */
  missing: string | undefined;
  #keptBytes = 0;
  #isRequestBorrowed = false;
  #isResultBorrowed = false;
  /** Entries that are copies. */
  #copied = 0;

  constructor(operation: string, id: number) {
    super();
    this.operation = operation;
    this.id = id;
  }

  get status(): number | null {
    return this.code;
  }

  get error(): boolean {
    return this.missing !== undefined || (this.code !== null && isFailure(this.code));
  }

  /** The content is kept as it lies, until `keep`. */
  asks(content: Uint8Array, isCut: boolean): void {
    this.request = content;
    this.#isRequestBorrowed = true;
    this.truncated ||= isCut;
  }

  answers(content: Uint8Array, code: number | undefined): void {
    this.result = content;
    this.#isResultBorrowed = true;
    this.code = code ?? null;
  }

  /** Counts an entry and keeps it while there is room. */
  entry(content: Uint8Array, isCut: boolean, maxBytes: number): void {
    this.entryCount++;
    this.truncated ||= isCut;
    if (this.entries.length >= MAX_ENTRIES_KEPT || this.#keptBytes + content.length > maxBytes) {
      this.truncated = true;
      return;
    }
    this.#keptBytes += content.length;
    this.entries.push(content);
  }

  /** Bytes that are kept. */
  get heldBytes(): number {
    return this.#keptBytes + (this.request?.length ?? 0);
  }

  /** The bytes go away: copies what still lies in them. */
  keep(): void {
    const { request, result, entries } = this;
    if (this.#isRequestBorrowed && request !== undefined) this.request = copies.keep(request);
    if (this.#isResultBorrowed && result !== undefined) this.result = copies.keep(result);
    this.#isRequestBorrowed = false;
    this.#isResultBorrowed = false;
    for (; this.#copied < entries.length; this.#copied++) {
      const entry = entries[this.#copied];
      if (entry !== undefined) entries[this.#copied] = copies.keep(entry);
    }
  }
}
