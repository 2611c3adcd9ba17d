/** Which sources the settings ask for, opened when their turn comes. */

import type { Config } from './config.ts';
import { openFile } from './sources/file.ts';
import { openLibpcap } from './sources/libpcap.ts';
import type { Opened } from './sources/source.ts';

export interface PlannedSource {
  readonly kind: 'live' | 'file';
  /** Interface or file name, for people. */
  readonly name: string;
  open(): Promise<Opened>;
}

/** Kubeshark's own traffic is left out: each shipped batch would be captured and shipped again. */
export function ownTraffic(hubUrl: string): string {
  const { hostname, port, protocol } = new URL(hubUrl);
  const number = port || (protocol === 'https:' ? '443' : '80');
  return `not (host ${hostname.replace(/^\[|\]$/g, '')} and tcp port ${number})`;
}

/** The files to read one after the other, or the one live capture. */
export function plannedSources({ read, interface: interfaceName, hubUrl }: Config): readonly PlannedSource[] {
  if (read.length > 0) return read.map((file) => ({ kind: 'file', name: file, open: () => openFile(file) }));
  const filter = ownTraffic(hubUrl);
  return [{ kind: 'live', name: interfaceName, open: () => openLibpcap({ interface: interfaceName, filter }) }];
}
