/** Every protocol the product knows, in one table: adding a row here and in capture's registry adds a protocol. */

import type { ProtocolDescriptor } from './protocol.ts';
import { http } from './protocols/http.ts';
import { tcp } from './protocols/tcp.ts';

const rows = [http, tcp] as const;

export type ProtocolId = (typeof rows)[number]['id'];

export const protocols: readonly ProtocolDescriptor[] = rows;

const byId = new Map<string, ProtocolDescriptor>(rows.map((row) => [row.id, row]));

/** The descriptor of a protocol; undefined for an id this version does not know. */
export function protocolOf(id: string): ProtocolDescriptor | undefined {
  return byId.get(id);
}
