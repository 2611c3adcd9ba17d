import { expect, test } from 'vitest';
import { hexBytes } from '../../decode/hex.ts';
import { createEngine } from '../../dissect/engine.ts';
import { PacketDecoder } from '../../packet/decoder.ts';
import { dissectors } from '../registry.ts';
import { REPLY_TIMEOUT_MICROS } from './session.ts';
import { parseIcmp } from './wire.ts';

const LINK_RAW = 101;
const LAPTOP = '0a000001'; // 10.0.0.1
const SERVER = '0a000002';
const ROUTER = '0a0000fe';

const word = (value: number) => value.toString(16).padStart(4, '0');

/** An IPv4 packet in hexadecimal. */
function ip(protocol: string, from: string, to: string, payload: string): string {
  return `4500${word(20 + payload.length / 2)}0000000040${protocol}0000${from}${to}${payload}`;
}
const echo = (type: string, sequence: number) => `${type}000000 1234${word(sequence)} 616263`.replaceAll(' ', '');
const error = (type: string, code: string, about: string) => `${type}${code}0000 00000000${about}`.replaceAll(' ', '');
const udp = (from: number, to: number, payload = '') =>
  `${word(from)}${word(to)}${word(8 + payload.length / 2)}0000${payload}`;
const syn = (from: number, to: number) =>
  `${word(from)}${word(to)}0000000100000000 5002 ffff 00000000`.replaceAll(' ', '');

interface Sent {
  readonly hex: string;
  /** Milliseconds. */
  readonly at?: number;
}

function run(sent: readonly Sent[]) {
  const entries: ReturnType<Parameters<Parameters<typeof createEngine>[0]['onCall']>[0]['toEntry']>[] = [];
  const engine = createEngine({ dissectors, onCall: (call) => entries.push(call.toEntry()) });
  const decoder = new PacketDecoder(engine);
  for (const { hex, at = 0 } of sent) {
    const bytes = hexBytes(hex)!;
    decoder.frame({
      bytes,
      start: 0,
      end: bytes.length,
      at: 1_000_000 + at * 1000,
      originalLength: bytes.length,
      interfaceId: 0,
      linkType: LINK_RAW,
    });
  }
  engine.end();
  return entries;
}

test('an echo and its reply are one call', () => {
  const [entry, ...others] = run([
    { hex: ip('01', LAPTOP, SERVER, echo('08', 1)) },
    { hex: ip('01', SERVER, LAPTOP, echo('00', 1)), at: 12 },
  ]);
  expect(others).toEqual([]);
  expect(entry).toMatchObject({
    protocol: 'icmp',
    src: { ip: '10.0.0.1' },
    dst: { ip: '10.0.0.2' },
    summary: 'echo request id 4660 seq 1',
    latency: 12,
    error: false,
    icmp: { type: 'echo reply', code: 0, version: 4 },
  });
});

test('an echo without a reply is an error once its time is over', () => {
  const later = REPLY_TIMEOUT_MICROS / 1000;
  const [first, second] = run([
    { hex: ip('01', LAPTOP, SERVER, echo('08', 1)) },
    { hex: ip('01', LAPTOP, SERVER, echo('08', 2)), at: later },
    { hex: ip('01', SERVER, LAPTOP, echo('00', 2)), at: later + 1 },
  ]);
  expect(first).toMatchObject({ error: true, errorText: 'no reply', response: null });
  expect(second).toMatchObject({ error: false, latency: 1 });
});

test('an unanswered echo or query does not wait for the end of the capture', () => {
  const query = '12340100000100000000000001610000010001';
  const seen: (readonly [number, string])[] = [];
  let packets = 0;
  const engine = createEngine({ dissectors, onCall: (call) => seen.push([packets, call.describe().errorText ?? '']) });
  const decoder = new PacketDecoder(engine);
  const sent = [
    { hex: ip('01', LAPTOP, SERVER, echo('08', 1)), at: 0 },
    { hex: ip('11', LAPTOP, SERVER, udp(40_000, 53, query)), at: 0 },
    // Somebody else's packet, when both have waited long enough.
    { hex: ip('11', ROUTER, SERVER, udp(1, 2)), at: 20_000_000 },
  ];
  for (const { hex, at } of sent) {
    packets++;
    const bytes = hexBytes(hex)!;
    const frame = { bytes, start: 0, end: bytes.length, originalLength: bytes.length, interfaceId: 0 };
    decoder.frame({ ...frame, at: 1_000_000 + at, linkType: LINK_RAW });
  }
  expect(seen.toSorted((a, b) => a[1].localeCompare(b[1]))).toEqual([
    [3, 'no reply'],
    [3, 'no response'],
  ]);
});

test('an error is shown between the ends of the packet it quotes, on the same connection', () => {
  const sent = ip('11', LAPTOP, SERVER, udp(40_000, 9, '6869'));
  const entries = run([{ hex: sent }, { hex: ip('01', ROUTER, LAPTOP, error('03', '03', sent)), at: 5 }]);
  const report = entries.find((entry) => entry.protocol === 'icmp');
  const exchange = entries.find((entry) => entry.protocol === 'udp');
  expect(report).toMatchObject({
    src: { ip: '10.0.0.1', port: 40_000 },
    dst: { ip: '10.0.0.2', port: 9 },
    summary: 'port unreachable: UDP 10.0.0.1:40000 → 10.0.0.2:9',
    error: true,
    errorText: 'port unreachable',
  });
  expect(exchange).toMatchObject({ error: true, errorText: 'port unreachable' });
  expect(report?.connection.id).toBe(exchange?.connection.id);
});

test('a TCP connect learns why it fails', () => {
  const sent = ip('06', LAPTOP, SERVER, syn(40_000, 80));
  const entries = run([{ hex: sent }, { hex: ip('01', ROUTER, LAPTOP, error('03', '01', sent.slice(0, 56))), at: 5 }]);
  expect(entries.map(({ protocol, errorText }) => [protocol, errorText])).toEqual([
    ['tcp', 'host unreachable'],
    ['icmp', 'host unreachable'],
  ]);
});

test.each([
  [
    'time exceeded',
    4,
    `0b00 0000 00000000 ${ip('11', LAPTOP, SERVER, udp(1, 2))}`,
    { role: 'error', quoted: { srcPort: 1 } },
  ],
  ['fragmentation needed', 4, `0304 0000 0000 05dc ${ip('06', LAPTOP, SERVER, syn(1, 2))}`, { mtu: 1500 }],
  [
    'packet too big',
    6,
    `0200 0000 00000500 60000000 0008 11 40 ${'20010db8'.repeat(8)} 00010002 0008 0000`,
    { mtu: 1280 },
  ],
  ['a redirect', 4, `0501 0000 ${ROUTER}`, { role: 'notice', gateway: '10.0.0.254' }],
  ['an error without a quoted packet', 4, '0303 0000 00000000', { role: 'error' }],
  ['an unknown type', 4, 'c800 0000 00000000', { role: 'notice' }],
] as const)('reads %s', (_name, version, hex, expected) => {
  expect(parseIcmp(hexBytes(hex.replaceAll(' ', ''))!, 0, version)).toMatchObject({ kind: 'done', value: expected });
});

test('less than a header is refused', () => {
  expect(parseIcmp(new Uint8Array(7), 0, 4).kind).toBe('bad');
});

test('IPv6 neighbour discovery is counted and not shown', () => {
  const solicitation = `60000000 0018 3a ff ${'fe800000'.repeat(8)} 8700 0000 00000000 ${'fe800000'.repeat(4)}`;
  expect(run([{ hex: solicitation.replaceAll(' ', '') }])).toEqual([]);
});
