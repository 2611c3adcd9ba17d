/** What a stream is given: by the engine, shared by all streams of it, and by the connection it belongs to. */

import type { Micros, ProtocolId, TlsFacts } from '@kubeshark/model';
import type { NameTable } from '../names/name-table.ts';
import type { Budget } from '../reassembly/budget.ts';
import type { Direction } from '../reassembly/flow-table.ts';
import type { KeyStore } from '../tls/key-store.ts';
import type { Dissector, Exchange, Transport } from './dissector.ts';
import type { EngineLimits } from './limits.ts';
import type { Recognition } from './recognition.ts';

/** Keeps bytes of packets where they lie, and is told before they go away. */
export interface Borrower {
  giveBack(): void;
}

/** What all streams of an engine share. */
export interface StreamServices {
  readonly recognition: Recognition;
  readonly limits: EngineLimits;
  readonly budget: Budget;
  readonly keys: KeyStore;
  readonly names: NameTable;
  dissector(id: ProtocolId): Dissector | undefined;
  /** Counts a fault or an oddity by protocol and name. */
  count(protocol: ProtocolId, fault: string): void;
  /** Whether the bytes of packets stay as they are until those who keep some of them are told. */
  readonly isLending: boolean;
  /** Those to be told. */
  readonly borrowers: Borrower[];
}

/** The connection a stream belongs to. */
export interface Carrier {
  readonly transport: Transport;
  readonly ipVersion: 4 | 6;
  /** Port of the end that sends in each direction. */
  readonly ports: readonly [number, number];
  /** The client's direction, once known. */
  client: Direction | null;
  tls: TlsFacts | null;
  /** How long the handshake of TLS took, once known. */
  tlsMicros: Micros | null;
  emit(exchange: Exchange, anomalies: readonly string[]): void;
}
