/** Live capture by the way that was asked for; `best` takes the first that works and keeps why the others did not. */

import { type HelperOptions, openHelper } from './helper.ts';
import { openLibpcap } from './libpcap.ts';
import { isRefusal, type LiveOptions, type Opened, type Refusal } from './source.ts';

/**
 * The chart's `tap.packetCapture`. `ebpf` is the capture helper: the kernel runs its filter and fills its ring
 * (docs/adr/0040-the-capture-helper.md).
 */
export const packetCaptures = ['best', 'ebpf', 'libpcap'] as const;
export type PacketCapture = (typeof packetCaptures)[number];

export async function openLive(way: PacketCapture, options: LiveOptions, helper: HelperOptions): Promise<Opened> {
  if (way === 'libpcap') return openLibpcap(options);
  const opened = await openHelper(options, helper);
  if (way === 'ebpf' || !isRefusal(opened)) return opened;
  const notes = [`captured with tcpdump, not with the capture helper: ${withFix(opened)}`];
  const fallback = await openLibpcap(options, { notes });
  return isRefusal(fallback) ? both(opened, fallback) : fallback;
}

const withFix = ({ refused, fix }: Refusal) => (fix === undefined ? refused : `${refused} (${fix})`);

/** What both say is said once. */
function both(helper: Refusal, libpcap: Refusal): Refusal {
  if (helper.refused === libpcap.refused) return helper;
  return {
    refused: `capture helper: ${helper.refused}; tcpdump: ${libpcap.refused}`,
    ...((helper.fix ?? libpcap.fix) !== undefined && { fix: [helper.fix, libpcap.fix].filter(Boolean).join('; or: ') }),
  };
}
