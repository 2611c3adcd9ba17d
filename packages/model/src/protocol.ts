/** What the whole product needs to know of a protocol, as data: the list's badge, the inspector's sections, KFL's fields. */

import type { FieldSpec } from '@kubeshark/kfl';

/** How the inspector shows a value. `auto` chooses by type and media type. */
export type Viewer = 'auto' | 'text' | 'code' | 'sql' | 'graphql' | 'json' | 'table' | 'body' | 'messages' | 'hex';

/** One row of an inspector section: a path into the entry and how to show it. */
export interface SectionRow {
  readonly label: string;
  readonly path: string;
  readonly viewer?: Viewer;
}

export interface Section {
  readonly title: string;
  readonly tab: 'request' | 'response' | 'connection';
  readonly rows: readonly SectionRow[];
}

export interface ProtocolDescriptor {
  readonly id: string;
  /** Full name with version range: `Redis (RESP2, RESP3)`. */
  readonly name: string;
  /** At most six letters for the list: `REDIS`. */
  readonly badge: string;
  /** Hue in degrees (0–359) for badge, map and charts; themes choose lightness. */
  readonly hue: number;
  readonly transports: readonly ('tcp' | 'udp' | 'icmp' | 'sctp')[];
  /** Usual ports; they order the asking and nothing else. */
  readonly ports: readonly number[];
  /** RFC or specification page. */
  readonly reference: string;
  /** Other names in KFL: `gql`, `amqp`. */
  readonly aliases?: readonly string[];
  /** One sentence: which calls are errors. */
  readonly errors: string;
  /** KFL fields only this protocol fills, by full path: `redis.command`. */
  readonly fields: Readonly<Record<string, FieldSpec>>;
  readonly sections: readonly Section[];
}

/** Declares a protocol; keeps the literal id so that `ProtocolId` is a closed union. */
export function defineProtocol<const Id extends string>(
  descriptor: ProtocolDescriptor & { readonly id: Id },
): ProtocolDescriptor & { readonly id: Id } {
  return descriptor;
}
