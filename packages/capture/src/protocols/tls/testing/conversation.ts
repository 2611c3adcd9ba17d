/** Real TLS conversations without a network: Node's own client and server over a pipe that writes down every byte. */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Duplex } from 'node:stream';
import { connect, createSecureContext, type SecureVersion, TLSSocket as Socket, type TLSSocket } from 'node:tls';
import type { Side } from '../../../dissect/dissector.ts';

const certificates = new URL('../../../../fixtures/tls/certificates/', import.meta.url);
export const pem = (name: string) => readFileSync(new URL(name, certificates), 'utf8');

export interface Chunk {
  readonly side: Side;
  readonly bytes: Uint8Array;
}

export interface Conversation {
  readonly chunks: readonly Chunk[];
  /** Key log lines as the client tells them. */
  readonly keyLog: string;
  readonly session: Buffer | undefined;
}

export interface ConversationOptions {
  readonly version?: SecureVersion;
  readonly ciphers?: string;
  readonly certificate?: 'rsa' | 'ec';
  readonly alpn?: readonly string[];
  /** A session of an earlier conversation, to resume. */
  readonly session?: Buffer | undefined;
  /** Keys that seal tickets: the same for conversations that resume each other. */
  readonly ticketKeys?: Buffer;
  readonly clientOptions?: number;
  /** What the client asks and the server answers, in turns. */
  readonly exchanges?: readonly (readonly [ask: string, answer: string])[];
}

/** Runs a whole conversation and answers what was on the wire. */
export async function converse(options: ConversationOptions = {}): Promise<Conversation> {
  const { version = 'TLSv1.3', certificate = 'rsa', exchanges = [['ping', 'pong']] } = options;
  const chunks: Chunk[] = [];
  const [near, far] = pipe(chunks);
  // Level 0 lets the old versions and ciphers in, which is what is tested.
  const ciphers = `${options.ciphers ?? 'DEFAULT'}${version === 'TLSv1.3' ? ':DEFAULT' : ''}:@SECLEVEL=0`;
  const common = { minVersion: version, maxVersion: version, ciphers };
  const server = new Socket(far, {
    isServer: true,
    secureContext: createSecureContext({
      ...common,
      key: pem(`${certificate}.key`),
      cert: pem(`${certificate}.crt`),
      ...(options.ticketKeys !== undefined && { ticketKeys: options.ticketKeys }),
      sessionIdContext: 'test',
    }),
    ...(options.alpn !== undefined && { ALPNProtocols: [...options.alpn] }),
  });
  const client = connect({
    socket: near,
    servername: 'shop.example',
    rejectUnauthorized: false,
    secureContext: createSecureContext({ ...common, secureOptions: options.clientOptions ?? 0 }),
    ...(options.alpn !== undefined && { ALPNProtocols: [...options.alpn] }),
    ...(options.session !== undefined && { session: options.session }),
  });
  const lines: string[] = [];
  client.on('keylog', (line: Buffer) => lines.push(line.toString()));
  let session: Buffer | undefined;
  client.on('session', (value: Buffer) => {
    session = value;
  });
  await Promise.all([once(client, 'secureConnect'), once(server, 'secure')]);
  for (const [ask, answer] of exchanges) {
    await say(client, server, ask);
    await say(server, client, answer);
  }
  client.end();
  server.end();
  await once(client, 'close');
  return { chunks, keyLog: lines.join(''), session };
}

function say(from: TLSSocket, to: TLSSocket, text: string): Promise<void> {
  return new Promise((resolve) => {
    let heard = 0;
    const listen = (data: Buffer) => {
      heard += data.length;
      if (heard < text.length) return;
      to.off('data', listen);
      resolve();
    };
    to.on('data', listen);
    from.write(text);
  });
}

/** Two ends of one pipe; what either sends is written down in order. */
function pipe(chunks: Chunk[]): [Duplex, Duplex] {
  const end = (side: Side, peer: () => Duplex): Duplex =>
    new Duplex({
      read() {},
      write(bytes: Buffer, _encoding, done) {
        chunks.push({ side, bytes: Uint8Array.from(bytes) });
        peer().push(bytes);
        done();
      },
      final(done) {
        peer().push(null);
        done();
      },
    });
  const near: Duplex = end('client', () => far);
  const far: Duplex = end('server', () => near);
  return [near, far];
}
