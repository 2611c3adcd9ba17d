/**
 * Reads the answer to one command, packet by packet. What a packet is depends on what came before it:
 *
 *   answer   ─▶ OK | ERR | file request | result
 *   result   ─▶ count of columns, definitions, [EOF], rows, (EOF | OK | ERR), and again when the state says so
 *   prepared ─▶ OK, definitions of parameters, [EOF], definitions of columns, [EOF]
 *
 * Whether there is an EOF behind definitions is seen from the packet itself: EOF has 5 bytes, OK at least 7.
 */

import { ByteReader } from '../../decode/byte-reader.ts';
import type { CallFacts } from './call.ts';
import { Capability, MariaCapability, ServerStatus } from './codes.ts';
import { type Columns, firstColumns } from './columns.ts';
import { eofFields, errFields, lenenc, MAX_COLUMNS, okFields, prepareOkFields } from './fields.ts';
import type { Packet } from './wire.ts';

const OK = 0x00;
const LOCAL_INFILE = 0xfb;
const EOF = 0xfe;
const ERR = 0xff;
const EOF_BYTES = 5;

/** What both ends of the connection agreed on; undefined when that was before the capture. */
export interface Agreed {
  readonly capabilities: number;
  readonly mariaCapabilities: number;
}

export interface AnswerOptions {
  readonly kind: 'result' | 'prepared' | 'fetched' | 'definitions' | 'text' | 'events';
  /** Rows are in the binary protocol. */
  readonly isBinary: boolean;
  /** Known before the answer: of a statement whose rows are fetched. */
  readonly columns: Columns;
  readonly agreed: Agreed | undefined;
  readonly maxRowBytes: number;
}

export class Answer {
  readonly #call: CallFacts;
  readonly #options: AnswerOptions;
  #state: 'first' | 'definitions' | 'rows' | 'infile' | 'prepared' | 'text' | 'events';
  /** The packet before this one ended the definitions: an EOF may stand here. */
  #isAfterDefinitions = false;
  #columns: Columns;
  #left = 0;
  /** Number and columns of the statement that was prepared. */
  statementId: number | undefined;

  constructor(call: CallFacts, options: AnswerOptions) {
    this.#call = call;
    this.#options = options;
    const { kind } = options;
    this.#state = kind === 'result' || kind === 'prepared' ? 'first' : kind === 'fetched' ? 'rows' : kind;
    if (kind === 'definitions') this.#left = MAX_COLUMNS;
    this.#columns = kind === 'fetched' ? options.columns : firstColumns();
  }

  /** The columns of the last result. */
  get columns(): Columns {
    return this.#columns;
  }

  /** Takes a packet of the server; true when it was the last. */
  take(packet: Packet): boolean {
    const { first, length } = packet;
    if (first === ERR && this.#state !== 'text') return this.#failed(packet.body);
    switch (this.#state) {
      case 'first':
        return this.#options.kind === 'prepared' && first === OK ? this.#prepared(packet.body) : this.#first(packet);
      case 'definitions':
        return this.#definition(packet);
      case 'rows':
        return this.#row(packet);
      case 'prepared':
        return this.#preparedDefinition(packet);
      case 'infile':
        return this.#first(packet);
      case 'events':
        this.#call.rowCount = (this.#call.rowCount ?? 0) + 1;
        return first === EOF && length === EOF_BYTES;
      default:
        this.#call.text = new TextDecoder().decode(packet.body);
        return true;
    }
  }

  #failed(body: Uint8Array): boolean {
    const failure = errFields(body);
    if (failure === undefined) {
      this.#call.progressReports++;
      return false;
    }
    this.#call.failure = failure;
    return true;
  }

  #first(packet: Packet): boolean {
    const { agreed } = this.#options;
    const { first, length } = packet;
    if (first === OK && length >= 7) return this.#ok(packet);
    if (first === EOF && length === EOF_BYTES) return this.#eof(packet);
    if (first === LOCAL_INFILE) {
      this.#call.infile = { file: new TextDecoder().decode(packet.body.subarray(1)), bytes: 0 };
      this.#state = 'infile';
      return false;
    }
    const reader = new ByteReader(packet.bytes, packet.start, packet.end);
    const isOptional = ((agreed?.capabilities ?? 0) & Capability.OPTIONAL_RESULTSET_METADATA) !== 0;
    const isCached = ((agreed?.mariaCapabilities ?? 0) & MariaCapability.CACHE_METADATA) !== 0;
    const isToldBefore = isOptional && reader.u8() === 0;
    this.#left = Math.min(lenenc(reader), MAX_COLUMNS);
    const isToldBehind = isCached && reader.left > 0 && reader.u8() === 0;
    const isWithout = isToldBefore || isToldBehind;
    this.#columns = isWithout ? this.#options.columns : firstColumns();
    this.#isAfterDefinitions = isWithout;
    this.#state = isWithout || this.#left === 0 ? 'rows' : 'definitions';
    return false;
  }

  #definition(packet: Packet): boolean {
    // COM_FIELD_LIST does not say how many there are.
    if (packet.first === EOF && packet.length < 9 && this.#options.kind === 'definitions') {
      this.#call.rowCount = this.#columns.count;
      return true;
    }
    this.#describe(packet);
    this.#left--;
    if (this.#left > 0) return false;
    this.#state = 'rows';
    this.#isAfterDefinitions = true;
    return false;
  }

  #describe(packet: Packet): void {
    this.#columns = this.#columns.and(packet, this.#options.agreed?.mariaCapabilities ?? 0);
  }

  #row(packet: Packet): boolean {
    const { first, length } = packet;
    const isFirst = this.#isAfterDefinitions;
    this.#isAfterDefinitions = false;
    if (first !== EOF || length >= 0xffffff) {
      this.#call.row(packet, this.#columns, this.#options);
      return false;
    }
    if (length > EOF_BYTES) {
      this.#call.rowCount ??= 0;
      return this.#ok(packet);
    }
    // Rows of a cursor are fetched by themselves.
    if (isFirst && (eofFields(packet).status & ServerStatus.CURSOR_EXISTS) === 0) return false;
    this.#call.rowCount ??= 0;
    return this.#eof(packet);
  }

  #ok(packet: Packet): boolean {
    const fields = okFields(packet);
    this.#call.done(fields);
    return this.#isLast(fields.status);
  }

  #eof(packet: Packet): boolean {
    const { status, warnings } = eofFields(packet);
    this.#call.ended(status, warnings);
    return this.#isLast(status);
  }

  #isLast(status: number): boolean {
    this.#state = 'first';
    return (status & ServerStatus.MORE_RESULTS) === 0;
  }

  #prepared(body: Uint8Array): boolean {
    const { id, columns, parameters, warnings, hasMetadata } = prepareOkFields(body);
    this.statementId = id;
    this.#call.prepared = { parameters, columns };
    this.#call.warnings = warnings;
    if (!hasMetadata) return true;
    this.#left = parameters + columns;
    this.#state = 'prepared';
    return this.#left === 0;
  }

  /** Definitions of parameters tell nothing; those of columns are needed when their rows come without. */
  #preparedDefinition(packet: Packet): boolean {
    const { columns = 0 } = this.#call.prepared ?? {};
    if (packet.first === EOF && packet.length <= EOF_BYTES) return this.#left === 0;
    if (this.#left <= columns && this.#columns.count < MAX_COLUMNS) this.#describe(packet);
    this.#left--;
    // Behind the last there is an EOF, unless both ends agreed that there is none, or nobody knows.
    const capabilities = this.#options.agreed?.capabilities;
    return this.#left <= 0 && (capabilities === undefined || (capabilities & Capability.DEPRECATE_EOF) !== 0);
  }
}
