import { createCipheriv, createHmac, hkdfSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { hexBytes } from '../../decode/hex.ts';
import type { Side } from '../../dissect/dissector.ts';
import { client, dissectAll, server } from '../../dissect/testing/conversation.ts';
import { CryptoStream, MAX_CRYPTO_BYTES } from './crypto-stream.ts';
import { quic } from './index.ts';
import { InitialKeys, readFrames } from './initial.ts';
import { readDatagram, readVarint } from './wire.ts';

const bytes = (hex: string) => hexBytes(hex.replaceAll(/\s/g, ''))!;
/** The connection id of the examples in RFC 9001 appendix A and RFC 9369 appendix A. */
const dcid = bytes('8394c8f03e515708');

/** RFC 9001 A.3: the server's first packet. */
const server1 = bytes(`cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a
5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf73c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9
c3bf9c73cc3f3bded74b562bfb19fb84022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc4
2158407dd074ee`);
/** RFC 9369 A.3: the same in version 2. */
const server2 = bytes(`dc6b3343cf0008f067a5502a4262b5004075d92faaf16f05d8a4398c47089698
baeea26b91eb761d9b89237bbf87263017915358230035f7fd3945d88965cf17f9af6e16886c61bfc703106fbaf3cb4c
fa52382dd16a393e42757507698075b2c984c707f0a0812d8cd5a6881eaf21ceda98f4bd23f6fe1a3e2c43edd9ce7ca8
4bed8521e2e140`);

test.each([
  ['1', server1],
  ['2', server2],
])('opens the server packet of the specification, version %s', (_name, packet) => {
  const [initial] = readDatagram(packet).packets;
  expect(initial).toMatchObject({ type: 'initial', scid: bytes('f067a5502a4262b5') });
  const frames = new InitialKeys(initial!.version, dcid).open('server', initial!);
  const [crypto] = readFrames(frames!);
  expect(crypto).toMatchObject({ kind: 'crypto', offset: 0 });
  expect(new InitialKeys(initial!.version, dcid).open('client', initial!)).toBeNull();
});

/** RFC 9001 A.2: the CRYPTO frame with the ClientHello for example.com. */
const hello = bytes(`060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e868
04fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578616d706c652e636f6dff01000100000a
00080006001d0017001800100007000504616c706e000500050100000000003300260024001d00209370b2c9caa47fba
baf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b0003020304000d0010000e0403050306030203080408
050806002d00020101001c00024001003900320408ffffffffffffffff05048000ffff07048000ffff08011001048000
75300901100f088394c8f03e51570806048000ffff`);

/** Seals frames into an Initial packet of version 1, with keys derived by Node's own HKDF. */
function seal(side: Side, frames: Uint8Array, number = 2): Uint8Array {
  const salt = bytes('38762cf7f55934b34d179ae6a4c80cadccbb7f0a');
  const expand = (secret: Uint8Array, label: string, length: number) => {
    const info = Uint8Array.of(0, length, label.length + 6, ...Buffer.from(`tls13 ${label}`), 0);
    return expandOnly(secret, info, length);
  };
  const secret = Buffer.from(
    hkdfSync('sha256', dcid, salt, Uint8Array.of(0, 32, 15, ...Buffer.from(`tls13 ${side} in`), 0), 32),
  );
  const length = 4 + frames.length + 16;
  const head = bytes(`c300000001 08${Buffer.from(dcid).toString('hex')} 00 00`);
  const numberBytes = bytes(number.toString(16).padStart(8, '0'));
  const header = Buffer.concat([head, Uint8Array.of(0x40 | (length >> 8), length & 0xff), numberBytes]);
  const nonce = Buffer.from(expand(secret, 'quic iv', 12));
  for (let i = 0; i < 4; i++) nonce[8 + i]! ^= numberBytes[i]!;
  const cipher = createCipheriv('aes-128-gcm', expand(secret, 'quic key', 16), nonce);
  cipher.setAAD(header);
  const sealed = Buffer.concat([cipher.update(frames), cipher.final(), cipher.getAuthTag()]);
  const mask = createCipheriv('aes-128-ecb', expand(secret, 'quic hp', 16), null).update(sealed.subarray(0, 16));
  header[0]! ^= mask[0]! & 0x0f;
  for (let i = 0; i < 4; i++) header[header.length - 4 + i]! ^= mask[1 + i]!;
  return Buffer.concat([header, sealed]);
}

/** HKDF-Expand alone: the first block of an HMAC chain is enough for 32 bytes. */
function expandOnly(secret: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  return createHmac('sha256', secret).update(info).update(Uint8Array.of(1)).digest().subarray(0, length);
}

const run = (...turns: Parameters<typeof dissectAll>[1]) =>
  dissectAll(quic, turns, { transport: 'udp', serverPort: 443 });
const shortHeader = Uint8Array.of(0x40, ...new Uint8Array(30));
const handshake = bytes(`e300000001 08 f067a5502a4262b5 00 4015 ${'00'.repeat(21)}`);

test('a connection is one call: the names are read, the rest goes by', () => {
  const [call, ...others] = run(
    client(seal('client', hello)),
    server(Buffer.concat([server1, handshake])),
    client(shortHeader),
    server(shortHeader),
  );
  expect(others).toEqual([]);
  expect(call).toMatchObject({
    protocol: 'quic',
    summary: 'QUIC v1 example.com',
    requestStart: 1000,
    responseEnd: 3000,
    status: 0,
    error: false,
    request: {
      serverName: 'example.com',
      alpn: ['alpn'],
      ciphers: ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384'],
    },
    data: { quic: { version: '1', alpn: ['alpn'], handshake: 'complete' } },
  });
});

test('a server may answer in version 2', () => {
  const [call] = run(client(seal('client', hello)), server(server2));
  expect(call).toMatchObject({ summary: 'QUIC v2 example.com', response: { cipher: 'TLS_AES_128_GCM_SHA256' } });
});

test('a hello in shuffled pieces over two packets is put together', () => {
  const data = hello.subarray(4);
  const frame = (offset: number, end: number) =>
    Uint8Array.of(6, 0x40, offset, 0x40, end - offset, ...data.subarray(offset, end));
  const first = Buffer.concat([frame(100, 200), Uint8Array.of(1, 0, 0)]);
  const second = Buffer.concat([frame(200, data.length), frame(0, 100)]);
  const [call] = run(client(seal('client', first)), client(seal('client', second, 3)));
  expect(call).toMatchObject({ summary: 'QUIC v1 example.com: no response', error: true });
});

test('a refused connection says why', () => {
  // CONNECTION_CLOSE, crypto error with alert 120, about a CRYPTO frame, reason "no".
  const close = bytes('1c 4178 06 02 6e6f');
  const [call] = run(client(seal('client', hello)), server(seal('server', Buffer.concat([close, new Uint8Array(20)]))));
  expect(call).toMatchObject({ error: true, status: 0x178, errorText: 'server closed: no_application_protocol (no)' });
});

test.each([
  ['a client hello', 'client', seal('client', hello), 'yes'],
  ['a short header', 'client', shortHeader, 'no'],
  ['a packet without the bit of QUIC', 'client', seal('client', hello).with(0, 0x83), 'no'],
  ['an unknown version', 'client', bytes('c3 0a1a2a3a 08 0001020304050607 00 00'), 'no'],
  ['version negotiation from the server', 'server', bytes('80 00000000 00 08 0001020304050607 00000001'), 'yes'],
  ['version negotiation from the client', 'client', bytes('80 00000000 00 08 0001020304050607 00000001'), 'no'],
  ['a connection id that is too long', 'client', bytes(`c3 00000001 15 ${'00'.repeat(40)}`), 'no'],
  ['DNS', 'client', bytes('d75c0100000100000000000007 6578616d706c65 0000010001'), 'no'],
  ['nothing', 'client', new Uint8Array(0), 'no'],
] as const)('%s of the %s: %s', (_name, side, sample, verdict) => {
  expect(quic.probe(sample, side)).toBe(verdict);
});

test.each([
  ['25', 37, 1],
  ['7bbd', 15_293, 2],
  ['9d7f3e7d', 494_878_333, 4],
])('RFC 9000 A.1: %s is %i', (hex, value, end) => {
  expect(readVarint(bytes(hex), 0)).toEqual({ value, end });
});

test.each([[''], ['7b'], ['ffffffffffffffff']])('%j is no usable number', (hex) => {
  expect(readVarint(bytes(hex), 0)).toBeNull();
});

test('crypto-limit: a hello without end is not kept', () => {
  const stream = new CryptoStream();
  stream.add(MAX_CRYPTO_BYTES, new Uint8Array(1));
  stream.add(MAX_CRYPTO_BYTES - 1, new Uint8Array(1));
  expect(stream.message).toBeNull();
});

test('frames end at the first that does not belong there', () => {
  expect(readFrames(bytes('00 01 02 00 00 00 00 06 00 01 aa 1e 06 00 01 bb'))).toEqual([
    { kind: 'crypto', offset: 0, data: bytes('aa') },
  ]);
  expect(readFrames(bytes('02 00 00 7fff'))).toEqual([]);
});
