/** How a command ends when it cannot do what was asked: one line, the next step, an exit code of docs/cli.md. */

export const exitCodes = {
  /** It ran, and something was wrong with the data or the work: a damaged file, a failed check. */
  trouble: 1,
  /** The command line, a setting or a query is wrong. */
  usage: 2,
  /** An address cannot be used: port taken, hub not reachable. */
  address: 3,
  /** The data directory cannot be used. */
  dataDirectory: 4,
  /** Capturing is not possible here. */
  capture: 5,
} as const;

export type FailureKind = keyof typeof exitCodes;

/** An empty message means that everything is said already. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
