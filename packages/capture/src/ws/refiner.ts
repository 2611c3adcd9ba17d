/** Protocols that live inside the text messages of a WebSocket (GraphQL), chosen by the subprotocol of its upgrade. */

import type { Micros, ProtocolId } from '@kubeshark/model';
import type { CloseReason, Exchange, SessionLimits, Side } from '../dissect/dissector.ts';

/** A whole message of text. */
export interface WsText {
  readonly side: Side;
  /** Its beginning, when `isTruncated`. */
  readonly text: string;
  readonly start: Micros;
  readonly end: Micros;
  /** Bytes on the wire with heads. */
  readonly size: number;
  readonly isTruncated: boolean;
  readonly gap: number;
}

/** What a refiner knows of the connection, and may ask of its session. */
export interface WsConnection {
  readonly limits: SessionLimits;
  /** Path of the call that opened the connection; undefined when that was not seen. */
  readonly path: string | undefined;
  emit(exchange: Exchange): void;
  anomaly(fault: string): void;
}

/** The messages of one connection, as the protocol inside sees them. */
export interface WsReading {
  /** Takes a message that is part of a call; false leaves it to be shown as a message of the WebSocket. */
  message(message: WsText): boolean;
  /** So many bytes were lost between messages. */
  gap(length: number): void;
  /** What still waits leaves as incomplete. */
  close(at: Micros, reason: CloseReason): void;
}

export interface WsRefiner {
  readonly id: ProtocolId;
  /** Values of Sec-WebSocket-Protocol. */
  readonly subprotocols: readonly string[];
  /** Whether this is a message of it: asked where the upgrade was not seen. */
  recognises(text: string): boolean;
  open(connection: WsConnection): WsReading;
}
