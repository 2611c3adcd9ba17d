/**
 * What every protocol must keep, held against every recorded fixture: a new protocol gets all of it by adding a folder
 * to packages/capture/fixtures. `UPDATE_GOLDEN=1` rewrites the expected entries; review the diff like code.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type ProtocolDescriptor, protocolOf } from '@kubeshark/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Recognition } from '../dissect/recognition.ts';
import { mutate, type Subject, subjects } from '../dissect/testing/contract.ts';
import { type Dissection, type DissectOptions, dissect, recut, type Turn } from '../dissect/testing/conversation.ts';
import { entriesOf, fixtures, writtenEntriesOf } from '../dissect/testing/fixtures.ts';
import { dissectors } from './registry.ts';

/** Protocols that cannot go on after lost bytes, and why. */
const ENDS_AT_GAPS: ReadonlyMap<string, string> = new Map([
  ['tls', 'the cipher state is gone with the bytes'],
  ['http2', 'the header tables are gone with the bytes'],
  ['ws', 'without its 101 nobody knows of the upgrade; within it, see ws.test.ts'],
]);
const BUG = /^bug:/;
const RUNS = { numRuns: 15 };

/** Runs all dissectors; a thrown bug or bytes that still wait at the end fail the test whatever it is about. */
function run({ options }: Subject, turns: readonly Turn[], more: DissectOptions = {}): Dissection {
  const faults: string[] = [];
  const dissection = dissect(dissectors, turns, { ...options, ...more, onFault: (fault) => faults.push(fault) });
  expect(faults.filter((fault) => BUG.test(fault))).toEqual([]);
  expect(dissection.buffered).toBe(0);
  return dissection;
}

test.each(fixtures.map((fixture) => [fixture.name, fixture] as const))(
  '%s gives the expected entries',
  (_, fixture) => {
    const { entries, faults } = entriesOf(fixture);
    const file = path.join(fixture.folder, 'expected.json');
    if (process.env['UPDATE_GOLDEN'] !== undefined) writeFileSync(file, `${JSON.stringify(entries, null, 2)}\n`);
    expect(JSON.parse(JSON.stringify(entries))).toEqual(JSON.parse(readFileSync(file, 'utf8')));
    expect(faults.filter((fault) => fault.includes(' bug: '))).toEqual([]);
    expect(existsSync(path.join(fixture.folder, 'README.md'))).toBe(true);
  },
);

test.each(fixtures.map((fixture) => [fixture.name, fixture] as const))(
  '%s is written as its entries are',
  (_, fixture) => {
    const { entries } = entriesOf(fixture);
    expect(writtenEntriesOf(fixture)).toEqual(entries.map((entry) => JSON.stringify(entry)));
  },
);

describe.each(subjects.map((subject) => [subject.label, subject] as const))('%s', (_, subject) => {
  const { turns, transport, protocol } = subject;
  const whole = run(subject, turns);
  /** Datagrams are not cut, and nothing of one is in the next: such checks are not theirs. SCTP is cut in sctp-contract.test.ts. */
  const ofStreams = (title: string, check: () => void) => {
    if (transport === 'tcp') test(title, check);
  };

  ofStreams('how the stream is cut never changes what is found', () => {
    expect(run(subject, recut(turns, [1])).calls).toEqual(whole.calls);
    const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(sizes, (cuts) => {
        expect(run(subject, recut(turns, cuts)).calls).toEqual(whole.calls);
      }),
      RUNS,
    );
  });

  const readers = dissectors.filter(({ transports }) => transports.includes(transport));
  /** Recognised sooner, a call that waits for nothing may be told before one that does. */
  const inAnyOrder = ({ calls }: Dissection) => new Set(calls);

  test('whatever its server was recognised as before, the same is found', () => {
    for (const knownAs of readers) expect(inAnyOrder(run(subject, turns, { knownAs }))).toEqual(inAnyOrder(whole));
  });

  ofStreams('nor does it matter then how the stream begins', () => {
    const first = turns.slice(0, 2);
    const found = inAnyOrder(run(subject, first));
    for (const knownAs of readers) expect(inAnyOrder(run(subject, recut(first, [1]), { knownAs }))).toEqual(found);
  });

  test('any change of bytes is contained', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(changes, (list) => void run(subject, mutate(turns, list))),
      { numRuns: 40 },
    );
  });

  ofStreams('after a lost segment later calls are found', () => {
    for (const [index, turn] of turns.entries()) {
      const lossy = turns.with(index, { ...turn, bytes: new Uint8Array(0), lost: turn.bytes.length });
      const { calls } = run(subject, lossy);
      if (ENDS_AT_GAPS.has(protocol)) continue;
      const resumed = turns[index + 2]?.at ?? Infinity;
      const later = whole.calls.filter(({ requestStart, responseStart }) => {
        return Math.min(requestStart ?? Infinity, responseStart ?? Infinity) > resumed;
      });
      const last = later.at(-1);
      if (last !== undefined) expect(calls.map(({ summary }) => summary)).toContain(last.summary);
    }
  });

  test.each(['client', 'server'] as const)('only the %s is seen', (side) => {
    run(
      subject,
      turns.filter((turn) => turn.side === side),
    );
    run(
      subject,
      turns.filter((turn) => turn.side === side),
      { midStream: true, clientKnown: false },
    );
  });

  ofStreams('joined in the middle', () => {
    for (const first of turns.keys()) run(subject, turns.slice(first), { midStream: true, clientKnown: false });
  });

  const spoken = new Set<string>(whole.calls.flatMap(({ protocols }) => protocols));
  const strangers = dissectors.filter(
    ({ id, transports }) => transports.includes(transport) && !spoken.has(id) && id !== protocol,
  );
  test.each(strangers.map((stranger) => [stranger.id, stranger] as const))('%s does not take it', (_id, stranger) => {
    const sample = (side: string) => {
      const said = turns.filter((turn) => turn.side === side).map(({ bytes }) => bytes);
      return transport !== 'tcp' ? (said[0] ?? new Uint8Array(0)) : Buffer.concat(said).subarray(0, 4096);
    };
    const answer = new Recognition([stranger]).recognise({
      samples: [sample('client'), sample('server')],
      client: 0,
      ports: [subject.clientPort, subject.serverPort],
      transport,
      final: true,
      midStream: false,
      refused: null,
    });
    expect(answer.kind).not.toBe('found');
  });
});

const recorded = [...new Set(fixtures.map(({ protocol }) => protocol))]
  .map((id) => protocolOf(id))
  .filter((descriptor) => descriptor !== undefined);

test.each(recorded.map((descriptor) => [descriptor.id, descriptor] as const))(
  '%s fills the fields it declares',
  (id, descriptor) => {
    const entries = fixtures
      .flatMap((fixture) => entriesOf(fixture).entries)
      .filter(({ protocols }) => protocols.some((other) => other === id));
    const unfilled = Object.entries(descriptor.fields)
      .filter(
        ([name, { path: place }]) =>
          !entries.some((entry) => [place ?? name].flat().some((where) => valueAt(entry, where) !== undefined)),
      )
      .map(([name]) => name);
    expect(unfilled).toEqual([]);
    expect(undeclared(descriptor, entries)).toEqual([]);
  },
);

function undeclared(
  { id, fields }: ProtocolDescriptor,
  entries: readonly Readonly<Record<string, unknown>>[],
): string[] {
  const declared = Object.entries(fields).flatMap(([name, { path: place }]) => [name, ...[place ?? name].flat()]);
  const seen = entries.flatMap((entry) => Object.keys((entry[id] as object | undefined) ?? {}));
  return [...new Set(seen)]
    .map((key) => `${id}.${key}`)
    .filter((key) => !declared.some((name) => name === key || name.startsWith(`${key}.`)));
}

function valueAt(value: unknown, place: string): unknown {
  let current = value;
  for (const key of place.split('.')) {
    if (Array.isArray(current)) current = current[0];
    current = (current as Readonly<Record<string, unknown>> | null | undefined)?.[key];
  }
  return current ?? undefined;
}
