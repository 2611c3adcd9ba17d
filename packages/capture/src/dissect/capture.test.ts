import type { Entry } from '@kubeshark/model';
import { expect, test } from 'vitest';
import { CaptureReader } from '../pcap/capture-reader.ts';
import { PcapngWriter } from '../pcap/writer.ts';
import { CaptureDissection, FrameDissection } from './capture.ts';
import { entriesOf, type Fixture, fixtures } from './testing/fixtures.ts';

const POISON = 0xa5;
const named = fixtures.map((fixture) => [fixture.name, fixture] as const);

/** The entries of a fixture that comes in pieces of one size, all in the same buffer. */
function entriesInPieces({ bytes, keyLog }: Fixture, size: number): unknown[] {
  const entries: unknown[] = [];
  const capture = new CaptureDissection({ onCall: (call) => entries.push(call.toEntry()) });
  capture.engine.keys.addKeyLog(keyLog);
  const buffer = new Uint8Array(size);
  for (let at = 0; at < bytes.length; at += size) {
    const piece = bytes.subarray(at, at + size);
    buffer.fill(POISON);
    buffer.set(piece);
    capture.push(buffer.subarray(0, piece.length));
  }
  buffer.fill(POISON);
  capture.end();
  return entries;
}

test.each(named)('%s is the same from one buffer that is used again and again', (_, fixture) => {
  const { entries } = entriesOf(fixture);
  for (const size of [700, 5000]) expect(entriesInPieces(fixture, size)).toEqual(entries);
});

test.each(named)('%s is the same from frames that are gone when they were taken', (_, fixture) => {
  const entries: unknown[] = [];
  const frames = new FrameDissection({ onCall: (call) => entries.push(call.toEntry()) });
  frames.engine.keys.addKeyLog(fixture.keyLog);
  const buffer = new Uint8Array(300_000);
  const reader = new CaptureReader({
    frame(frame) {
      buffer.set(frame.bytes.subarray(frame.start, frame.end));
      frames.frame({ ...frame, bytes: buffer, start: 0, end: frame.end - frame.start });
      buffer.fill(POISON, 0, frame.end - frame.start);
    },
    interface: (description) => frames.interface(description),
    secrets: (type, bytes) => frames.secrets(type, bytes),
    name: (address, name) => frames.name(address, name),
  });
  reader.push(fixture.bytes);
  frames.end();
  expect(entries).toEqual(entriesOf(fixture).entries);
});

/** The same packets as seen on their way in and on their way out. */
function onTwoInterfaces({ bytes }: Fixture): Uint8Array {
  const writer = new PcapngWriter();
  const blocks = [writer.section()];
  const reader = new CaptureReader({
    interface: ({ linkType, snapLength }) => {
      for (const name of ['in', 'out']) blocks.push(writer.interface({ linkType, snapLength, name }));
    },
    frame: ({ bytes: chunk, start, end, at, originalLength, interfaceId }) => {
      for (const side of [0, 1])
        blocks.push(
          writer.frame({
            bytes: chunk,
            start,
            end,
            at: at + side * 20,
            originalLength,
            interfaceId: interfaceId * 2 + side,
          }),
        );
    },
    secrets: (type, secret) => void blocks.push(writer.secrets(type, secret)),
  });
  reader.push(bytes);
  return Buffer.concat(blocks);
}

const told = (entries: readonly Entry[]) =>
  entries.map(({ protocol, summary, status, error }) => [protocol, summary, status, error]);

test.each(named)('%s is the same when every packet is seen on two interfaces', (_, fixture) => {
  expect(told(entriesOf({ ...fixture, bytes: onTwoInterfaces(fixture) }).entries)).toEqual(
    told(entriesOf(fixture).entries),
  );
});
