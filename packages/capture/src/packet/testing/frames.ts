/** Frames written as hex, and what a decoder makes of one: shared by the tests of links, tunnels and fragments. */

import { PacketDecoder } from '../decoder.ts';
import { TCP, UDP } from '../packet.ts';

export const bytesOf = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');

/** What one frame of this link type becomes: a few words on the packet, or the reason it was skipped. */
export function decode(linkType: number, frame: Uint8Array): string {
  let result = 'nothing';
  const decoder = new PacketDecoder({
    packet: ({
      protocol,
      srcPort,
      dstPort,
      seq,
      flags,
      bytes,
      payloadStart,
      payloadEnd,
      payloadLength,
      ipVersion,
      tunnels,
    }) => {
      const payload = Buffer.from(bytes.subarray(payloadStart, payloadEnd)).toString();
      const segment = protocol === TCP ? ` seq=${seq} flags=${flags}` : '';
      result = `ip${ipVersion} ${protocol === TCP ? 'tcp' : protocol === UDP ? 'udp' : protocol} ${srcPort}>${dstPort}${segment} ${payload} (${payloadLength})${' tunnelled'.repeat(tunnels)}`;
    },
    skipped: (reason) => {
      result = reason;
    },
  });
  decoder.frame({
    bytes: frame,
    start: 0,
    end: frame.length,
    at: 0,
    originalLength: frame.length,
    interfaceId: 0,
    linkType,
  });
  return result;
}

export const tcp = '0050 1f90  0000000a 00000000  50 18 0400 0000 0000 6869'; // port 80 to 8080, seq 10, PSH|ACK, "hi"
export const udp = '0035 1000  000a 0000 6869'; // port 53 to 4096, "hi"
export const ipv4 = (protocol: string, length: string) =>
  `45 00 ${length} 0000 4000 40 ${protocol} 0000  7f000001 7f000002`;
export const ipv6 = (next: string, length: string) =>
  `60000000 ${length} ${next} 40  ${'00'.repeat(15)}01 ${'00'.repeat(15)}02`;
export const macs = '000000000001 000000000002';
