import { expect, test } from 'vitest';
import { hexBytes } from '../../decode/hex.ts';
import type { Exchange, SessionContext } from '../../dissect/dissector.ts';
import { NameTable } from '../../names/name-table.ts';
import { KeyStore } from '../../tls/key-store.ts';
import { ANSWER_TIMEOUT_MICROS } from './pairing.ts';
import { DnsSession } from './session.ts';

interface MessageOptions {
  readonly id?: number;
  readonly name?: string;
  readonly type?: number;
  readonly rcode?: number;
  /** Data of SOA (type 6) or other records, in hexadecimal, all owned by the question's name. */
  readonly answers?: readonly (readonly [type: number, hex: string])[];
}

const hex16 = (value: number) => value.toString(16).padStart(4, '0');

function message(flags: number, options: MessageOptions): Uint8Array {
  const { id = 1, name = 'a.example', type = 1, answers = [] } = options;
  const labels = name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)]).toString('hex'));
  const question = `${labels.join('')}00${hex16(type)}0001`;
  const records = answers.map(([kind, data]) => `c00c${hex16(kind)}0001${'0000003c'}${hex16(data.length / 2)}${data}`);
  return hexBytes(`${hex16(id)}${hex16(flags)}0001${hex16(answers.length)}00000000${question}${records.join('')}`)!;
}
const query = (options: MessageOptions = {}) => message(0x0100, options);
const reply = (options: MessageOptions = {}) => message(0x8180 | (options.rcode ?? 0), options);

interface Sent {
  readonly bytes: Uint8Array;
  /** Milliseconds. */
  readonly at: number;
}

function run(sent: readonly Sent[], overrides: Partial<SessionContext> = {}) {
  const emitted: Exchange[] = [];
  const context: SessionContext = {
    limits: { maxBodyBytes: 1000, maxPending: 3 },
    transport: 'udp',
    ipVersion: 4,
    clientPort: 40_000,
    serverPort: 53,
    midStream: false,
    keys: new KeyStore(),
    names: new NameTable(),
    emit: (exchange) => void emitted.push(copyOf(exchange)),
    anomaly: () => {},
    upgrade: () => false,
    carry: () => ({ data: () => {}, gap: () => {} }),
    tls: () => {},
    ...overrides,
  };
  const session = new DnsSession(context);
  for (const { bytes, at } of sent) {
    const parsed = session.read('client', bytes, 0);
    if (parsed.kind !== 'done') throw new Error(`not a message: ${parsed.kind}`);
    session.message('client', parsed.value, { first: at * 1000, last: at * 1000 });
  }
  const beforeClose = emitted.length;
  session.close(0, 'timeout');
  return { calls: emitted.map(summary), beforeClose, emitted };
}

/** The exchange as it is now: it is used again for another call. */
function copyOf(exchange: Exchange): Exchange {
  const { protocol, requestStart, requestEnd, responseStart, responseEnd, requestSize, responseSize } = exchange;
  const { status, error, gap, truncated } = exchange;
  const times = { requestStart, requestEnd, responseStart, responseEnd };
  const description = exchange.describe();
  const describe = () => description;
  return { protocol, ...times, requestSize, responseSize, status, error, gap, truncated, describe };
}

function summary(exchange: Exchange): string {
  const { summary: line, errorText } = exchange.describe();
  return errorText === undefined ? line : `${line} [${errorText}]`;
}

const framed = (bytes: Uint8Array) => Uint8Array.of(bytes.length >> 8, bytes.length & 0xff, ...bytes);
const address = [1, 'c0000201'] as const;

test('a query and its reply are one call', () => {
  const { calls, emitted } = run([
    { bytes: query(), at: 0 },
    { bytes: reply({ answers: [address, [1, 'c0000202']] }), at: 7 },
  ]);
  expect(calls).toEqual(['A a.example → 192.0.2.1 (+1)']);
  expect(emitted[0]).toMatchObject({ requestStart: 0, responseEnd: 7000, status: 0, error: false });
  expect(emitted[0]?.describe().data).toEqual({
    dns: {
      id: 1,
      variant: 'dns',
      opcode: 'QUERY',
      questions: ['a.example'],
      types: ['A'],
      answers: ['192.0.2.1', '192.0.2.2'],
      rcode: 'NOERROR',
    },
  });
});

test('replies find their query by id and question, in any order', () => {
  const { calls } = run([
    { bytes: query({ id: 1, name: 'a.example' }), at: 0 },
    { bytes: query({ id: 1, name: 'b.example' }), at: 1 },
    { bytes: query({ id: 2, type: 28 }), at: 2 },
    { bytes: reply({ id: 2, type: 28 }), at: 3 },
    { bytes: reply({ id: 1, name: 'B.EXAMPLE', rcode: 3 }), at: 4 },
    { bytes: reply({ id: 1, name: 'a.example', answers: [address] }), at: 5 },
  ]);
  expect(calls).toEqual([
    'AAAA a.example',
    'A b.example → NXDOMAIN [NXDOMAIN: no such name]',
    'A a.example → 192.0.2.1',
  ]);
});

test('a query sent again is the same call', () => {
  const { calls, emitted } = run([
    { bytes: query(), at: 0 },
    { bytes: query(), at: 5000 },
    { bytes: reply({ answers: [address] }), at: 5010 },
  ]);
  expect(calls).toEqual(['A a.example → 192.0.2.1']);
  expect(emitted[0]?.describe().data?.['dns']).toMatchObject({ retries: 1 });
});

test('a query without an answer is an error at the end of the flow', () => {
  const { calls, emitted, beforeClose } = run([{ bytes: query(), at: 0 }]);
  expect(beforeClose).toBe(0);
  expect(calls).toEqual(['A a.example [no response]']);
  expect(emitted[0]).toMatchObject({ status: null, error: true });
});

test('a query without an answer is given up when others go on', () => {
  const { beforeClose } = run([
    { bytes: query({ id: 1 }), at: 0 },
    { bytes: query({ id: 2 }), at: ANSWER_TIMEOUT_MICROS / 1000 },
  ]);
  expect(beforeClose).toBe(1);
});

test('pending-limit: the oldest query is given up first', () => {
  const sent = [1, 2, 3, 4, 5].map((id) => ({ bytes: query({ id, name: `n${id}.example` }), at: id }));
  const { calls, beforeClose } = run(sent);
  expect(beforeClose).toBe(2);
  expect(calls.slice(0, 2)).toEqual(['A n1.example [no response]', 'A n2.example [no response]']);
  expect(calls).toHaveLength(5);
});

test('a reply without a query is shown alone', () => {
  const { calls, emitted } = run([{ bytes: reply({ answers: [address] }), at: 0 }]);
  expect(calls).toEqual(['A a.example → 192.0.2.1']);
  expect(emitted[0]?.describe().request).toBeNull();
});

test.each([
  [5353, 'mdns'],
  [5355, 'llmnr'],
])('on port %i nobody waits for an answer', (serverPort, variant) => {
  const { calls, beforeClose, emitted } = run([{ bytes: query(), at: 0 }], { serverPort });
  expect(beforeClose).toBe(1);
  expect(calls).toEqual(['A a.example']);
  expect(emitted[0]?.error).toBe(false);
  expect(emitted[0]?.describe().data?.['dns']).toMatchObject({ variant });
});

const soa = `00 00 ${'00'.repeat(20)}`.replaceAll(' ', '');

test('a zone transfer is one call, up to its second SOA', () => {
  const transfer = { type: 252 };
  const sent = [
    query(transfer),
    reply({ ...transfer, answers: [[6, soa], address] }),
    reply({ ...transfer, answers: [address] }),
    reply({ ...transfer, answers: [[6, soa]] }),
  ];
  const { emitted, beforeClose } = run(
    sent.map((bytes, at) => ({ bytes: framed(bytes), at })),
    { transport: 'tcp' },
  );
  expect(beforeClose).toBe(1);
  const { response } = emitted[0]!.describe();
  expect(response?.['messages']).toBe(3);
  expect(response?.['answers']).toHaveLength(4);
  expect(emitted[0]).toMatchObject({ responseEnd: 3000, truncated: false });
});

test('body-limit: records of a long zone transfer are cut, and it says so', () => {
  const transfer = { type: 252 };
  const many = reply({ ...transfer, answers: Array.from({ length: 40 }, () => address) });
  const sent = [query(transfer), reply({ ...transfer, answers: [[6, soa]] }), many, many];
  const { emitted } = run(
    sent.map((bytes, at) => ({ bytes: framed(bytes), at })),
    { transport: 'tcp' },
  );
  expect(emitted).toHaveLength(1);
  expect(emitted[0]).toMatchObject({ truncated: true, error: false });
});

test('addresses in answers learn the name that was asked for', () => {
  const names = new NameTable();
  const reverse = { id: 2, name: '9.2.0.192.in-addr.arpa', type: 12 };
  run(
    [
      { bytes: query({ name: 'WWW.a.example' }), at: 0 },
      { bytes: reply({ name: 'WWW.a.example', answers: [[5, '0178c010'], address] }), at: 1 },
      { bytes: query(reverse), at: 2 },
      { bytes: reply({ ...reverse, answers: [[12, '016800']] }), at: 3 },
    ],
    { names },
  );
  expect(['192.0.2.1', '192.0.2.9', '192.0.2.2'].map((ip) => names.nameOf(ip))).toEqual([
    'www.a.example',
    'h',
    undefined,
  ]);
});
