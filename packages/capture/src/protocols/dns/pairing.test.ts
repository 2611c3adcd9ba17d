import { expect, test } from 'vitest';
import type { LookupContext } from '../../dissect/dissector.ts';
import { NameTable } from '../../names/name-table.ts';
import type { DnsCall } from './call.ts';
import { DnsPairing, MAX_SPARE_CALLS } from './pairing.ts';
import { parseDatagram } from './wire.ts';

function contextOf(emit: LookupContext['emit'], maxPending: number): LookupContext {
  return { limits: { maxBodyBytes: 1000, maxPending }, transport: 'udp', names: new NameTable(), emit };
}

function query(id: number) {
  const header = [id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
  const parsed = parseDatagram(Uint8Array.from([...header, 1, 97, 0, 0, 1, 0, 1]), 0);
  if (parsed.kind !== 'done') throw new Error(parsed.kind);
  return parsed.value;
}

const NOW = { first: 5, last: 5 };

test('calls that are over are used again, clean', () => {
  const seen = new Set<unknown>();
  const pairing = new DnsPairing(
    contextOf((call) => seen.add(call), 10),
    'dns',
  );
  const first = pairing.take(query(1), NOW, null);
  if (first !== null) first.retries = 7;
  pairing.giveUpAll(first);
  const second = pairing.take(query(2), NOW, null);
  expect(second).toBe(first);
  expect(second).toMatchObject({ id: 2, retries: 0, error: false, requestStart: 5, responseStart: null, next: null });
  expect(seen.size).toBe(1);
});

test('no more calls are kept to be used again than the limit', () => {
  const seen = new Set<unknown>();
  const pairing = new DnsPairing(
    contextOf((call) => seen.add(call), 2 * MAX_SPARE_CALLS),
    'dns',
  );
  const flood = () => {
    let waiting: DnsCall | null = null;
    for (let id = 0; id < MAX_SPARE_CALLS + 100; id++) waiting = pairing.take(query(id), NOW, waiting);
    pairing.giveUpAll(waiting);
  };
  flood();
  expect(seen.size).toBe(MAX_SPARE_CALLS + 100);
  flood();
  // A hundred had to be made anew.
  expect(seen.size).toBe(MAX_SPARE_CALLS + 200);
});
