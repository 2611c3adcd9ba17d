/** Which sources the settings ask for, opened when their turn comes. */

import { lookup } from 'node:dns/promises';
import type { Config } from './config.ts';
import { openFile } from './sources/file.ts';
import { openLive } from './sources/live.ts';
import type { Filtered, Listener, Opened } from './sources/source.ts';
import { TargetedSource, type Wanted } from './sources/targeted.ts';

export interface PlannedSource {
  readonly kind: 'live' | 'file';
  /** Interface or file name, for people. */
  readonly name: string;
  /** A live one takes what the hub wants; a file is read whole. */
  open(wanted: Wanted): Promise<Opened>;
}

/**
 * Where the hub listens. Its traffic is left out: each shipped batch would be captured and shipped again. A name that nobody
 * knows has no connections either.
 */
export async function hubListeners(hubUrl: string): Promise<readonly Listener[]> {
  const { hostname, port, protocol } = new URL(hubUrl);
  const number = Number(port || (protocol === 'https:' ? '443' : '80'));
  const found = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true }).catch(() => []);
  return found.map(({ address }) => ({ address, port: number }));
}

/** The files to read one after the other, or the one live capture. */
export function plannedSources(config: Config): readonly PlannedSource[] {
  const { read, interfaces, packetCapture, packetFilter, snapLength, helper, hubUrl } = config;
  if (read.length > 0) return read.map((file) => ({ kind: 'file', name: file, open: () => openFile(file) }));
  const filtered = async (targets: string | undefined, others: readonly Listener[]): Promise<Filtered> => {
    const parts = [packetFilter, targets].filter((part) => part !== undefined);
    return {
      filter: parts.length === 0 ? undefined : parts.map((part) => `(${part})`).join(' and '),
      except: [...(await hubListeners(hubUrl)), ...others],
    };
  };
  const open = (what: Filtered) => openLive(packetCapture, { ...what, interfaces, snapLength }, helper);
  const name = interfaces.join(', ');
  return [{ kind: 'live', name, open: (wanted) => TargetedSource.open({ name, filtered, open }, wanted) }];
}
