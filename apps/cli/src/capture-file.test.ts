import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { PcapWriter } from '@kubeshark/capture';
import { expect, onTestFinished, test } from 'vitest';
import { readCapture } from './capture-file.ts';

const LINKTYPE_RAW = 101;
/** IPv4 and TCP. */
const HEADERS = 40;

/** The next response of a connection that was joined late, with a body that cannot be unpacked. */
function damaged(number: number, sequence: number): Uint8Array {
  const body = gzipSync(Buffer.alloc(400, `body ${number} `)).fill(0x07, 10);
  const head = `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  const payload = Buffer.concat([Buffer.from(head), body]);
  const packet = Buffer.alloc(HEADERS + payload.length);
  packet.set([0x45, 0, packet.length >> 8, packet.length & 0xff, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
  packet.writeUInt16BE(80, 20);
  packet.writeUInt16BE(40_000, 22);
  packet.writeUInt32BE(sequence, 24);
  packet.set([0x50, 0x10, 0xff, 0xff], 32);
  packet.set(payload, HEADERS);
  return packet;
}

test('bodies that cannot be unpacked leave nothing behind while the file is read', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'kubeshark-damaged-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'damaged.pcap');
  const writer = new PcapWriter();
  const device = { linkType: LINKTYPE_RAW, snapLength: 65_535, name: '' };
  const calls = 30_000;
  const records: Buffer[] = [];
  let sequence = 1;
  for (let number = 0; number < calls; number++) {
    const bytes = damaged(number, sequence);
    sequence += bytes.length - HEADERS;
    const at = 1e15 + number;
    const frame = { bytes, start: 0, end: bytes.length, at, originalLength: bytes.length, interfaceId: 0 };
    records.push(Buffer.from(writer.frame(frame)));
  }
  writeFileSync(file, Buffer.concat([writer.header(device), ...records]));
  let seen = 0;
  let most = 0;
  const before = process.memoryUsage().external;
  await readCapture(
    { path: file },
    {
      call(call) {
        call.toEntry();
        seen++;
      },
      afterChunk() {
        most = Math.max(most, process.memoryUsage().external - before);
        return true;
      },
    },
  );
  expect(seen).toBe(calls);
  // Of each some 9 kB wait otherwise: 270 MB.
  expect(most).toBeLessThan(100 * 1024 * 1024);
});
