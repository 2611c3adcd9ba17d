/** Options of the commands that capture on this machine; the agent takes them as settings (docs/configuration.md). */

import { Option } from 'commander';
import { Failure } from './failure.ts';
import { agentEnvironment, isAboutCapture, readTapSettings, type TapSettings } from './tap-settings.ts';

export interface CaptureOptions {
  readonly interface?: string;
  readonly packetCapture?: string;
  readonly bpf?: string;
  /** Options win over them. */
  readonly settings?: TapSettings;
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
  settings = {},
}: CaptureOptions): Record<string, string> => ({
  ...agentEnvironment(settings),
  ...(names !== undefined && { KUBESHARK_INTERFACE: names }),
  ...(packetCapture !== undefined && { KUBESHARK_PACKET_CAPTURE: packetCapture }),
  ...(bpf !== undefined && { KUBESHARK_PACKET_FILTER: bpf }),
});

interface Asked extends CaptureOptions {
  readonly hub?: string;
  readonly set?: Readonly<Record<string, string>>;
}

/** Is this machine to be captured, whatever hub there may be? Throws a Failure when a hub is named beside. */
export function isOfThisMachine({ interface: names, packetCapture, bpf, hub, set = {} }: Asked): boolean {
  const isHere =
    names !== undefined || packetCapture !== undefined || bpf !== undefined || isAboutCapture(readTapSettings(set));
  if (isHere && hub !== undefined)
    throw new Failure('usage', '--hub shows what a hub sees; how packets are captured is set there.');
  return isHere;
}
