import { expect, test } from 'vitest';
import type { Exchange, SessionContext, Side } from '../../dissect/dissector.ts';
import { NameTable } from '../../names/name-table.ts';
import { KeyStore } from '../../tls/key-store.ts';
import { TlsSession } from './session.ts';
import { type Chunk, type Conversation, type ConversationOptions, converse, pem } from './testing/conversation.ts';

interface Seen {
  readonly client: string;
  readonly server: string;
  readonly facts: Record<string, unknown>;
  readonly calls: readonly Exchange[];
  readonly alpn: string | undefined;
}

/** Runs the session over a conversation, as the engine would: buffers by side, reads while messages are whole. */
function watch(chunks: readonly Chunk[], keys: KeyStore, onChunk: (index: number) => void = () => {}): Seen {
  const heard = { client: '', server: '' };
  const calls: Exchange[] = [];
  let facts: Record<string, unknown> = {};
  let alpn: string | undefined;
  const context: SessionContext = {
    limits: { maxBodyBytes: 1000, maxPending: 3 },
    transport: 'tcp',
    ipVersion: 4,
    clientPort: 40_000,
    serverPort: 443,
    midStream: false,
    keys,
    names: new NameTable(),
    emit: (exchange) => void calls.push(exchange),
    anomaly: () => {},
    upgrade: () => false,
    carry: (options) => {
      alpn = options.alpn;
      const data = (side: Side, bytes: Uint8Array) => {
        heard[side] += Buffer.from(bytes).toString('latin1');
      };
      return { data, gap: () => {} };
    },
    tls: (value) => {
      facts = { ...value };
    },
  };
  const session = new TlsSession(context);
  const buffers: Record<Side, Uint8Array> = { client: new Uint8Array(0), server: new Uint8Array(0) };
  let at = 0;
  for (const [index, { side, bytes }] of chunks.entries()) {
    onChunk(index);
    at += 1000;
    let rest: Uint8Array = Buffer.concat([buffers[side], bytes]);
    for (let parsed = session.read(side, rest, 0); parsed.kind === 'done'; parsed = session.read(side, rest, 0)) {
      session.message(side, parsed.value, { first: at, last: at });
      rest = rest.subarray(parsed.end);
    }
    buffers[side] = rest;
  }
  session.close(at, 'fin');
  return { ...heard, facts, calls, alpn };
}

function storeOf({ keyLog }: Conversation): KeyStore {
  const store = new KeyStore();
  store.addKeyLog(keyLog);
  return store;
}

const NO_ENCRYPT_THEN_MAC = 0x80000;
const NO_EXTENDED_MASTER_SECRET = 1;
const long = 'x'.repeat(40_000);

const suites: readonly (readonly [string, ConversationOptions])[] = [
  ['TLS_AES_128_GCM_SHA256', {}],
  ['TLS_AES_256_GCM_SHA384', {}],
  ['TLS_CHACHA20_POLY1305_SHA256', {}],
  ['TLS_AES_128_CCM_SHA256', {}],
  ['TLS_AES_128_CCM_8_SHA256', {}],
  ['ECDHE-RSA-AES128-GCM-SHA256', { version: 'TLSv1.2' }],
  ['ECDHE-RSA-AES256-GCM-SHA384', { version: 'TLSv1.2' }],
  ['ECDHE-RSA-CHACHA20-POLY1305', { version: 'TLSv1.2' }],
  ['ECDHE-ECDSA-AES128-GCM-SHA256', { version: 'TLSv1.2', certificate: 'ec' }],
  ['ECDHE-ECDSA-AES256-CCM', { version: 'TLSv1.2', certificate: 'ec' }],
  ['ECDHE-ECDSA-AES128-CCM8', { version: 'TLSv1.2', certificate: 'ec' }],
  ['ECDHE-ARIA128-GCM-SHA256', { version: 'TLSv1.2' }],
  ['ECDHE-RSA-AES128-SHA', { version: 'TLSv1.2' }],
  ['ECDHE-RSA-AES128-SHA256', { version: 'TLSv1.2' }],
  ['ECDHE-RSA-AES256-SHA384', { version: 'TLSv1.2' }],
  ['ECDHE-RSA-AES256-SHA384', { version: 'TLSv1.2', clientOptions: NO_ENCRYPT_THEN_MAC }],
  ['ECDHE-RSA-CAMELLIA256-SHA384', { version: 'TLSv1.2' }],
  ['AES128-GCM-SHA256', { version: 'TLSv1.2' }],
  ['AES256-SHA', { version: 'TLSv1.1' }],
  ['AES128-SHA', { version: 'TLSv1', clientOptions: NO_ENCRYPT_THEN_MAC }],
  ['ECDHE-RSA-AES256-SHA', { version: 'TLSv1' }],
];

test.each(suites)('a key log opens %s %o', async (ciphers, options) => {
  const conversation = await converse({
    ...options,
    ciphers,
    exchanges: [
      ['GET /a', 'one'],
      ['GET /b', long],
    ],
  });
  const seen = watch(conversation.chunks, storeOf(conversation));
  expect(seen.client).toBe('GET /aGET /b');
  expect(seen.server).toBe(`one${long}`);
  expect(seen.facts).toMatchObject({ sni: 'shop.example', decrypted: true });
  expect(seen.calls).toHaveLength(0);
});

test.each<[string, ConversationOptions]>([
  ['AES128-GCM-SHA256', { version: 'TLSv1.2' }],
  ['AES256-SHA256', { version: 'TLSv1.2', clientOptions: NO_EXTENDED_MASTER_SECRET }],
  ['AES128-SHA', { version: 'TLSv1.1' }],
])('an RSA private key opens %s %o', async (ciphers, options) => {
  const conversation = await converse({ ...options, ciphers });
  const store = new KeyStore();
  expect(store.addPrivateKeys(pem('rsa.key'))).toBeNull();
  expect(watch(conversation.chunks, store)).toMatchObject({ client: 'ping', server: 'pong' });
});

test('a session resumed by its ticket opens with the keys of the connection it began on', async () => {
  const common = { version: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256', ticketKeys: Buffer.alloc(48, 7) } as const;
  const first = await converse(common);
  const second = await converse({ ...common, session: first.session });
  const store = new KeyStore();
  store.addPrivateKeys(pem('rsa.key'));
  expect(watch(second.chunks, store).client).toBe('');
  watch(first.chunks, store);
  expect(watch(second.chunks, store)).toMatchObject({ client: 'ping', server: 'pong' });
});

test('TLS 1.3 resumption opens with its own key log', async () => {
  const common = { ticketKeys: Buffer.alloc(48, 7) };
  const first = await converse(common);
  const second = await converse({ ...common, session: first.session });
  expect(watch(second.chunks, storeOf(second))).toMatchObject({ client: 'ping', server: 'pong' });
  expect(watch(second.chunks, new KeyStore()).calls[0]?.describe().data?.['tls']).toMatchObject({
    handshake: 'resumed',
  });
});

test.each<[string, ConversationOptions, string]>([
  ['TLS 1.3', { alpn: ['h2', 'http/1.1'] }, 'h2'],
  ['TLS 1.2', { version: 'TLSv1.2', alpn: ['http/1.1'] }, 'http/1.1'],
])('%s: the protocol is told to whatever reads the inside', async (_name, options, alpn) => {
  const conversation = await converse(options);
  const seen = watch(conversation.chunks, storeOf(conversation));
  expect(seen.alpn).toBe(alpn);
  expect(seen.facts).toMatchObject({ alpn, subject: 'O=Kubeshark tests, CN=shop.example' });
});

test.each<[string, ConversationOptions, string]>([
  ['TLS 1.3', {}, 'TLS_AES_256_GCM_SHA384'],
  ['TLS 1.2', { version: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' }, 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'],
])('%s without keys is one call: its handshake', async (version, options, cipher) => {
  const conversation = await converse(options);
  const seen = watch(conversation.chunks, new KeyStore());
  expect(seen.calls).toHaveLength(1);
  const [call] = seen.calls;
  expect(call).toMatchObject({ error: false, status: 0 });
  const sizes = (side: Side) =>
    conversation.chunks.filter((chunk) => chunk.side === side).reduce((sum, { bytes }) => sum + bytes.length, 0);
  expect(call).toMatchObject({ requestSize: sizes('client'), responseSize: sizes('server') });
  const { summary, data, response } = call!.describe();
  expect(summary).toBe(`${version} shop.example`);
  expect(data).toEqual({ tls: { handshake: 'complete', reason: 'no key for this connection' } });
  expect(response).toMatchObject({ version, cipher });
  expect(seen.facts).toMatchObject({ version, cipher, sni: 'shop.example', decrypted: false });
});

test('keys of another connection change nothing', async () => {
  const conversation = await converse();
  const other = await converse();
  const seen = watch(conversation.chunks, storeOf(other));
  expect(seen.client).toBe('');
  expect(seen.calls).toHaveLength(1);
});

test('wrong keys for the right connection are noticed', async () => {
  const conversation = await converse();
  const store = new KeyStore();
  const wrong = (line: string) => `${line.slice(0, -64)}${'0'.repeat(64)}`;
  store.addKeyLog(conversation.keyLog.trim().split('\n').map(wrong).join('\n'));
  const seen = watch(conversation.chunks, store);
  expect(seen.client).toBe('');
  expect(seen.calls[0]?.describe().data?.['tls']).toMatchObject({ reason: 'keys do not fit' });
});

test.each([[1], [3], [20]])('cut into pieces of %i bytes, the same is found', async (size) => {
  const conversation = await converse();
  const cut = conversation.chunks.flatMap(({ side, bytes }) =>
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => ({
      side,
      bytes: bytes.subarray(i * size, (i + 1) * size),
    })),
  );
  expect(watch(cut, storeOf(conversation))).toMatchObject({ client: 'ping', server: 'pong' });
});

test.each([[1], [3], [5]])('keys that come before chunk %i still open everything', async (late) => {
  const conversation = await converse();
  const store = new KeyStore({ live: true });
  const seen = watch(conversation.chunks, store, (index) => {
    if (index === late) store.addKeyLog(conversation.keyLog);
  });
  expect(seen).toMatchObject({ client: 'ping', server: 'pong' });
});

test('keys that come with the last packet open what waited', async () => {
  const conversation = await converse({ version: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' });
  const store = new KeyStore({ live: true });
  const seen = watch(conversation.chunks, store, (index) => {
    if (index === conversation.chunks.length - 1) store.addKeyLog(conversation.keyLog);
  });
  expect(seen).toMatchObject({ client: 'ping', server: 'pong' });
});
