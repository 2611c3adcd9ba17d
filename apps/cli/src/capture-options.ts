/** Options of the commands that capture on this machine; the agent takes them as settings (docs/configuration.md). */

import { Option } from 'commander';

export interface CaptureOptions {
  readonly interface?: string;
  readonly packetCapture?: string;
  readonly bpf?: string;
}

export const bpfHelp = 'packets to capture, in the language of man 7 pcap-filter: tcp port 80';

export const packetCaptureOption = (): Option =>
  new Option(
    '--packet-capture <way>',
    'ebpf is the capture helper, libpcap tcpdump, best the first of the two that works (default: best)',
  ).choices(['best', 'ebpf', 'libpcap']);

export const captureEnvironment = ({
  interface: names,
  packetCapture,
  bpf,
}: CaptureOptions): Record<string, string> => ({
  ...(names !== undefined && { KUBESHARK_INTERFACE: names }),
  ...(packetCapture !== undefined && { KUBESHARK_PACKET_CAPTURE: packetCapture }),
  ...(bpf !== undefined && { KUBESHARK_PACKET_FILTER: bpf }),
});
