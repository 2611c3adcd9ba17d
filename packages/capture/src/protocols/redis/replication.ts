/**
 * What a master sends after SYNC or PSYNC before it turns to commands: the snapshot, either of known length and without
 * CRLF, or ended by a random 40-byte mark (https://redis.io/docs/latest/operate/oss_and_stack/management/replication/).
 */

import type { Parsed } from '../../dissect/dissector.ts';

const MARK_BYTES = 40;
/** `$EOF:` and the mark, or `$` and at most 19 digits. */
const MAX_HEAD_BYTES = 64;
const LF = 10;

export interface Snapshot {
  /** Bytes still to come; undefined while the head has not been read or the end is told by a mark. */
  readonly remaining?: number;
  readonly mark?: Uint8Array;
}

export type SnapshotToken =
  /** A newline the master sends to keep the connection alive while it prepares. */
  | { readonly kind: 'snapshot-wait' }
  | { readonly kind: 'snapshot-head'; readonly state: Snapshot }
  | { readonly kind: 'snapshot-part'; readonly size: number; readonly isLast: boolean };

/** Reads the next piece of the snapshot; `state` is what the head told, undefined before it. */
export function readSnapshot(bytes: Uint8Array, offset: number, state: Snapshot | undefined): Parsed<SnapshotToken> {
  const available = bytes.length - offset;
  if (available <= 0) return { kind: 'more', atLeast: 1 };
  if (state === undefined) return readHead(bytes, offset);
  if (state.mark !== undefined) return readUntilMark(bytes, offset, state.mark);
  const remaining = state.remaining ?? 0;
  const size = Math.min(available, remaining);
  return { kind: 'done', value: { kind: 'snapshot-part', size, isLast: size === remaining }, end: offset + size };
}

function readHead(bytes: Uint8Array, offset: number): Parsed<SnapshotToken> {
  if (bytes[offset] === LF) return { kind: 'done', value: { kind: 'snapshot-wait' }, end: offset + 1 };
  const lineEnd = bytes.subarray(offset, offset + MAX_HEAD_BYTES).indexOf(LF);
  if (lineEnd < 0) {
    return bytes.length - offset >= MAX_HEAD_BYTES
      ? { kind: 'bad', fault: 'snapshot head too long', at: offset }
      : { kind: 'more', atLeast: 1 };
  }
  const end = offset + lineEnd + 1;
  const line = new TextDecoder('latin1').decode(bytes.subarray(offset, end)).trimEnd();
  const streamed = /^\$EOF:(.{40})$/.exec(line)?.[1];
  if (streamed !== undefined) {
    const mark = bytes.slice(end - 2 - MARK_BYTES, end - 2);
    return { kind: 'done', value: { kind: 'snapshot-head', state: { mark } }, end };
  }
  const length = /^\$(\d{1,15})$/.exec(line)?.[1];
  if (length === undefined) return { kind: 'bad', fault: 'not the head of a snapshot', at: offset };
  return { kind: 'done', value: { kind: 'snapshot-head', state: { remaining: Number(length) } }, end };
}

function readUntilMark(bytes: Uint8Array, offset: number, mark: Uint8Array): Parsed<SnapshotToken> {
  const first = mark[0] ?? 0;
  for (
    let at = bytes.indexOf(first, offset);
    at >= 0 && at + MARK_BYTES <= bytes.length;
    at = bytes.indexOf(first, at + 1)
  ) {
    if (mark.every((byte, index) => bytes[at + index] === byte)) {
      const end = at + MARK_BYTES;
      return { kind: 'done', value: { kind: 'snapshot-part', size: end - offset, isLast: true }, end };
    }
  }
  // The mark may begin in the last bytes: they wait for what follows.
  const end = bytes.length - MARK_BYTES + 1;
  if (end <= offset) return { kind: 'more', atLeast: MARK_BYTES - (bytes.length - offset) };
  return { kind: 'done', value: { kind: 'snapshot-part', size: end - offset, isLast: false }, end };
}
