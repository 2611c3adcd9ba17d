/** Everything calls can be exported to, in one table: the hub, the command line and the menus read it. */

import type { Entry } from '@kubeshark/model';
import { type Kept, pcapngOf, pcapOf } from '../packets/capture-file.ts';
import { csvHeader, csvLine } from './csv.ts';
import { toCurl } from './curl.ts';
import { harEntry, harFrame } from './har.ts';
import { isHttp } from './headers.ts';
import { OpenApiDocument } from './openapi.ts';
import { parquetOf } from './parquet.ts';

type Batches = AsyncIterable<readonly Entry[]>;
/** Calls that have no place in a format, by protocol or reason. */
type Left = Readonly<Record<string, number>>;

interface ExportFormatRow {
  readonly extension: string;
  readonly mime: string;
  /** Its content is packets. */
  readonly isPackets?: boolean;
  /** What it is for, in half a sentence. */
  readonly doc: string;
  /** Its bytes; the return value counts calls that have no place in this format, by protocol. */
  readonly write: (batches: Batches, kept: Kept | undefined) => AsyncGenerator<Uint8Array | string, Left>;
}

export const exportFormats = {
  pcap: {
    extension: 'pcap',
    mime: 'application/vnd.tcpdump.pcap',
    isPackets: true,
    doc: 'packets for tcpdump and Wireshark',
    write: async function* (batches, kept) {
      return (yield* pcapOf(batches, kept)).missing;
    },
  },
  pcapng: {
    extension: 'pcapng',
    mime: 'application/x-pcapng',
    isPackets: true,
    doc: 'packets with names and comments, for Wireshark',
    write: async function* (batches, kept) {
      return (yield* pcapngOf(batches, { kept })).missing;
    },
  },
  har: { extension: 'har', mime: 'application/json', doc: 'HTTP calls for browser tools', write: writeHar },
  json: {
    extension: 'json',
    mime: 'application/json',
    doc: 'whole calls as one list',
    write: async function* (batches) {
      let separator = '[\n';
      for await (const entries of batches)
        for (const entry of entries) {
          yield `${separator}${JSON.stringify(entry)}`;
          separator = ',\n';
        }
      yield separator === '[\n' ? '[]\n' : '\n]\n';
      return {};
    },
  },
  ndjson: {
    extension: 'ndjson',
    mime: 'application/x-ndjson',
    doc: 'whole calls, one a line',
    write: async function* (batches) {
      for await (const entries of batches) for (const entry of entries) yield `${JSON.stringify(entry)}\n`;
      return {};
    },
  },
  csv: {
    extension: 'csv',
    mime: 'text/csv',
    doc: 'one line a call, for spreadsheets',
    write: async function* (batches) {
      yield csvHeader;
      for await (const entries of batches) for (const entry of entries) yield csvLine(entry);
      return {};
    },
  },
  parquet: {
    extension: 'parquet',
    mime: 'application/vnd.apache.parquet',
    doc: 'columns for data tools',
    write: async function* (batches) {
      yield* parquetOf(batches);
      return {};
    },
  },
  curl: { extension: 'sh', mime: 'text/x-shellscript', doc: 'HTTP calls as commands', write: writeCurl },
  openapi: {
    extension: 'json',
    mime: 'application/json',
    doc: 'what the HTTP calls say about the API',
    write: async function* (batches) {
      const document = new OpenApiDocument();
      for await (const entries of batches) for (const entry of entries) document.add(entry);
      yield document.toJson();
      return document.left === 0 ? {} : { 'not HTTP, or beyond the limit of paths': document.left };
    },
  },
} as const satisfies Record<string, ExportFormatRow>;

export type ExportFormat = keyof typeof exportFormats;

/** Does the format hold packets? Then it can hold those of the wire. */
export function holdsPackets(format: ExportFormat): boolean {
  const row: ExportFormatRow = exportFormats[format];
  return row.isPackets === true;
}

export const isExportFormat = (name: string): name is ExportFormat => Object.hasOwn(exportFormats, name);

/** Pieces are gathered to this size: a chunk a call would cost more than the call. */
const CHUNK_BYTES = 64 * 1024;

/** What became of the calls, complete when the bytes are. */
export interface ExportReport {
  /** Calls looked at. */
  entries: number;
  /** Of these, the ones that have no place in the format, by protocol or reason. */
  left: Left;
}

export interface ExportOptions {
  /** Filled while the bytes are made. */
  readonly report?: ExportReport | undefined;
  /** For formats of packets: those that were kept. Without it they are rebuilt. */
  readonly kept?: Kept | undefined;
}

/** The calls as bytes of a format. */
export async function* exportEntries(
  format: ExportFormat,
  batches: Batches,
  { report = { entries: 0, left: {} }, kept }: ExportOptions = {},
): AsyncGenerator<Uint8Array> {
  const counted = async function* () {
    for await (const entries of batches) {
      report.entries += entries.length;
      yield entries;
    }
  };
  const { write }: ExportFormatRow = exportFormats[format];
  const pieces = write(counted(), kept);
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const next = await pieces.next();
    if (next.done === true) {
      report.left = next.value;
      if (bytes > 0) yield Buffer.concat(waiting);
      return;
    }
    const piece = typeof next.value === 'string' ? Buffer.from(next.value) : next.value;
    waiting.push(piece);
    bytes += piece.length;
    if (bytes < CHUNK_BYTES) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    bytes = 0;
  }
}

const leave = (left: Record<string, number>, { protocol }: Entry): void => {
  left[protocol] = (left[protocol] ?? 0) + 1;
};

async function* writeHar(batches: Batches): AsyncGenerator<string, Left> {
  const left: Record<string, number> = {};
  let separator = '\n';
  yield harFrame.begin;
  for await (const entries of batches)
    for (const entry of entries) {
      if (isHttp(entry)) {
        yield `${separator}${JSON.stringify(harEntry(entry))}`;
        separator = ',\n';
      } else leave(left, entry);
    }
  yield harFrame.end;
  return left;
}

async function* writeCurl(batches: Batches): AsyncGenerator<string, Left> {
  const left: Record<string, number> = {};
  yield '#!/bin/bash\n# Made by Kubeshark: sends the recorded requests again, one after the other.\n';
  for await (const entries of batches)
    for (const entry of entries) {
      const command = toCurl(entry);
      if (command === null) leave(left, entry);
      else
        yield `\n# ${new Date(entry.timestamp / 1000).toISOString()} ${entry.summary.replace(/[^\x20-\x7e]/g, '?')}\n${command}\n`;
    }
  return left;
}
