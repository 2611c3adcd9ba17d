/** Some connections by their entries' `connection.id`: says of a packet to which of them it belongs, if to any. */

import type { Micros } from '@kubeshark/model';
import { addressText } from './address.ts';
import type { Packet } from './packet.ts';

export interface WantedConnection {
  /** `tcp-10.0.0.7:40000-[2001:db8::1]:80-1767607200000000` */
  readonly id: string;
  /** Packets from then on; from the connection's first when absent. */
  readonly since?: Micros | undefined;
}

interface Known {
  readonly id: string;
  readonly begin: Micros;
  readonly since: Micros;
}

/** Transport, client and server with their ports, time of the first packet. */
const connectionId = /^(?:tcp|udp|icmp)-\[?([^\]-]+)\]?:(\d+)-\[?([^\]-]+)\]?:(\d+)-(\d+)$/;

/** Time of the connection's first packet; undefined when the id is none of the engine's. */
export function beginOfConnection(id: string): Micros | undefined {
  const begin = connectionId.exec(id)?.[5];
  return begin === undefined ? undefined : Number(begin);
}

const endsKey = (ip: string, port: number, ip2: string, port2: number) => `${ip} ${port} ${ip2} ${port2}`;
const portsKey = (a: number, b: number) => a * 65_536 + b;

export class ConnectionSet {
  /** Of both directions; several where ports were used again, earliest first. */
  readonly #byEnds = new Map<string, Known[]>();
  /** Both ports in one number: most packets are told by them alone. */
  readonly #ports = new Set<number>();

  /** Ids that are none of the engine's are in no set. */
  constructor(wanted: Iterable<WantedConnection>) {
    for (const { id, since = 0 } of wanted) this.#add(id, since);
    for (const known of this.#byEnds.values()) known.sort((a, b) => a.begin - b.begin);
  }

  /** The id of the packet's connection. IP fragments belong to none. */
  find({ bytes, at, srcIp, dstIp, srcPort, dstPort, ipVersion }: Packet): string | undefined {
    if (!this.#ports.has(portsKey(srcPort, dstPort))) return undefined;
    const src = addressText(bytes, srcIp, ipVersion);
    const dst = addressText(bytes, dstIp, ipVersion);
    const known = this.#byEnds.get(endsKey(src, srcPort, dst, dstPort))?.findLast(({ begin }) => begin <= at);
    return known !== undefined && known.since <= at ? known.id : undefined;
  }

  #add(id: string, since: Micros): void {
    const [, client = '', clientPort = '', server = '', serverPort = '', begin = ''] = connectionId.exec(id) ?? [];
    if (begin === '') return;
    const [a, b] = [Number(clientPort), Number(serverPort)];
    const known = { id, begin: Number(begin), since };
    for (const key of new Set([endsKey(client, a, server, b), endsKey(server, b, client, a)]))
      this.#byEnds.set(key, [...(this.#byEnds.get(key) ?? []), known]);
    this.#ports.add(portsKey(a, b)).add(portsKey(b, a));
  }
}
