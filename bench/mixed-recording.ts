/** Recordings woven into one file: a few packets of each in turn, as a node with many services sees them. */

import { closeSync, existsSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import path from 'node:path';
import { redisCommands } from './cache-recordings.ts';
import { rabbitMessages } from './queue-recordings.ts';
import { dnsLookups, http2Calls, httpKeepAlive, httpServices } from './recordings.ts';
import { postgresTransactions } from './sql-recordings.ts';

/** Little endian, whole packets, Ethernet: as tcpdump writes them. */
const FILE_HEAD_BYTES = 24;
const RECORD_HEAD_BYTES = 16;
const LONGEST_RECORD = RECORD_HEAD_BYTES + 262_144;
const CHUNK_BYTES = 4 * 1024 * 1024;
/** Packets of one recording side by side. */
const BURST = 20;
/** Of each recording: four million in all. */
const MOST_PACKETS = 600_000;
const MICROS_BETWEEN = 10;
const FIRST_SECOND = 1_767_607_200;

class Source {
  private readonly descriptor: number;
  private readonly bytes = Buffer.alloc(CHUNK_BYTES);
  private at = 0;
  private end = 0;
  left = MOST_PACKETS;

  constructor(file: string) {
    this.descriptor = openSync(file, 'r');
    readSync(this.descriptor, this.bytes, 0, FILE_HEAD_BYTES, null);
  }

  /** The next record, good until the one behind it; null at the end. */
  next(): Buffer | null {
    if (this.end - this.at < LONGEST_RECORD) this.fill();
    const { bytes, at } = this;
    if (this.left === 0 || this.end - at < RECORD_HEAD_BYTES) return this.close();
    const length = RECORD_HEAD_BYTES + bytes.readUInt32LE(at + 8);
    if (this.end - at < length) return this.close();
    this.at = at + length;
    this.left--;
    return bytes.subarray(at, at + length);
  }

  private fill(): void {
    this.bytes.copyWithin(0, this.at, this.end);
    this.end -= this.at;
    this.at = 0;
    this.end += readSync(this.descriptor, this.bytes, this.end, this.bytes.length - this.end, null);
  }

  private close(): null {
    if (this.left !== 0 || this.end > 0) closeSync(this.descriptor);
    this.left = 0;
    this.end = 0;
    this.at = 0;
    return null;
  }
}

/** HTTP/1, HTTP/2 and gRPC, DNS, Redis, PostgreSQL and RabbitMQ. */
export async function mixedTraffic(): Promise<string> {
  const first = await httpKeepAlive();
  const file = path.join(path.dirname(first), 'mixed-traffic.pcap');
  if (existsSync(file)) return file;
  const others = [httpServices, http2Calls, dnsLookups, redisCommands, postgresTransactions, rabbitMessages];
  const files = [first];
  for (const other of others) files.push(await other());
  weave(files, file);
  return file;
}

function weave(files: readonly string[], to: string): void {
  const partial = `${to}.partial`;
  const output = openSync(partial, 'w');
  const head = Buffer.alloc(FILE_HEAD_BYTES);
  const input = openSync(files[0] ?? '', 'r');
  readSync(input, head, 0, FILE_HEAD_BYTES, null);
  closeSync(input);
  writeSync(output, head);
  let sources = files.map((file) => new Source(file));
  let packets = 0;
  while (sources.length > 0) {
    const records: Buffer[] = [];
    sources = sources.filter((source) => {
      for (let count = 0; count < BURST; count++) {
        const record = source.next();
        if (record === null) return false;
        const copy = Buffer.from(record);
        const micros = packets++ * MICROS_BETWEEN;
        copy.writeUInt32LE(FIRST_SECOND + Math.floor(micros / 1e6), 0);
        copy.writeUInt32LE(micros % 1e6, 4);
        records.push(copy);
      }
      return true;
    });
    writeSync(output, Buffer.concat(records));
  }
  closeSync(output);
  renameSync(partial, to);
}
