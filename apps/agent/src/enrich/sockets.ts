/** Sockets of this machine as the kernel lists them: https://docs.kernel.org/networking/proc_net_tcp.html */

import { readFile } from 'node:fs/promises';
import { addressText } from '@kubeshark/capture';

/** Local address of each socket and its inode. */
export type Sockets = ReadonlyMap<string, string>;

/** Sockets that listen on any address stand under this name. */
export const ANY = '*';
export const socketKey = (ip: string, port: number): string => `${ip}:${port}`;

const tables = ['tcp', 'tcp6', 'udp', 'udp6'];

/** `0100007F` → `127.0.0.1`: words in the byte order of the machine, which is little endian wherever this runs. */
function addressOf(hex: string): string {
  const bytes = Buffer.from(hex, 'hex').swap32();
  const text = addressText(bytes, 0, bytes.length === 4 ? 4 : 6);
  // A socket for both families has IPv4 peers under their IPv6 names; packets have them as they are.
  return text.replace(/^::ffff:(?=\d+\.)/, '');
}

/** Local ends in the text of one table; lines that are none are left out. */
export function parseSockets(table: string): readonly (readonly [key: string, inode: string])[] {
  return table.split('\n').flatMap((line) => {
    const match = /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) \S+ \S+ \S+ \S+ \S+ +\d+ +\d+ (\d+)/.exec(line);
    if (match === null) return [];
    const [, hex = '', port = '', inode = ''] = match;
    const ip = /^0+$/.test(hex) ? ANY : addressOf(hex);
    return inode === '0' ? [] : [[socketKey(ip, Number.parseInt(port, 16)), inode] as const];
  });
}

/** All sockets now. A table that is not there (no IPv6) is empty. */
export async function readSockets(proc: string): Promise<Sockets> {
  const texts = await Promise.all(tables.map((name) => readFile(`${proc}/net/${name}`, 'latin1').catch(() => '')));
  return new Map(texts.flatMap(parseSockets));
}
