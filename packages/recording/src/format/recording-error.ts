/** Why a recording cannot be read to its end; what was read before is whole. */

export type RecordingFault =
  /** Not a tar, or a tar of something else. */
  | 'foreign'
  /** Ends in the middle, or holds fewer calls than it says. */
  | 'truncated'
  /** Written by a release whose format this one does not know. */
  | 'newer'
  /** Damaged, or made to harm: a path that escapes, a link, a member that is too large. */
  | 'damaged';

export class RecordingError extends Error {
  override readonly name = 'RecordingError';
  readonly fault: RecordingFault;

  constructor(fault: RecordingFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}
