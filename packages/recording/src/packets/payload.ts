/** What both sides of a call said, as bytes of their protocol made again from what is known of the call. */

/** Payload of each side, in order. */
export interface Payload {
  readonly client: Uint8Array;
  readonly server: Uint8Array;
}

/** What a connection needs to remember from call to call. */
export interface ConnectionState {
  /** HTTP/2: the client's next stream; 0 before the preface. */
  nextStream: number;
}
