/** What hello messages tell, in the words that entries use: shared by TLS over TCP and by QUIC. */

import type { JsonObject, TlsFacts } from '@kubeshark/model';
import { cipherSuiteName } from './cipher-suite-names.ts';
import { isGrease, ja3, ja4 } from './fingerprint.ts';
import type { ClientHello, ServerHello } from './hello.ts';
import { extensionName, groupName, versionName } from './names.ts';

const known = (values: readonly number[], name: (value: number) => string) =>
  values.filter((value) => !isGrease(value)).map(name);

/** The client's offers, for the request half of a handshake. */
export function offersOf(client: ClientHello): JsonObject {
  return {
    ...(client.sni !== undefined && { serverName: client.sni }),
    versions: known(client.versions.length > 0 ? client.versions : [client.legacyVersion], versionName),
    alpn: client.alpn,
    ciphers: known(client.ciphers, cipherSuiteName),
    groups: known(client.groups, groupName),
    extensions: known(client.extensions, extensionName),
    ...(client.offersEarlyData && { earlyData: true }),
  };
}

/** The server's choices, for the response half. */
export function choicesOf(server: ServerHello): JsonObject {
  return {
    version: versionName(server.version),
    cipher: cipherSuiteName(server.cipher),
    ...(server.group !== undefined && { group: groupName(server.group) }),
  };
}

/** The facts that stand in `connection.tls`; `t` for TCP, `q` for QUIC. */
export function helloFacts(
  client: ClientHello | null,
  server: ServerHello | null,
  transport: 't' | 'q',
): Omit<TlsFacts, 'decrypted'> {
  return {
    ...(server !== null && { version: versionName(server.version), cipher: cipherSuiteName(server.cipher) }),
    ...(client?.sni !== undefined && { sni: client.sni }),
    ...(client !== null && { ja3: ja3(client), ja4: ja4(client, transport) }),
  };
}
