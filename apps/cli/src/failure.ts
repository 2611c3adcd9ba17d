/** How a command ends when it cannot do what was asked: one line, the next step, an exit code of docs/cli.md. */

interface ExitCodeRow {
  readonly code: number;
  /** As docs/cli.md has it. */
  readonly meaning: string;
}

/** Every code a command ends with by itself, but 0. */
export const exitCodeTable = {
  trouble: {
    code: 1,
    meaning:
      'it ran, and something was wrong with the data or the work: a damaged file, a failed check, a replay that differs; no match (`kfl eval`)',
  },
  usage: { code: 2, meaning: 'the command line, a setting or a query is wrong' },
  address: { code: 3, meaning: 'an address cannot be used: port taken, hub not reachable' },
  dataDirectory: {
    code: 4,
    meaning: 'the data directory cannot be used: not writable, in use by another Kubeshark, written by a newer one',
  },
  capture: { code: 5, meaning: 'capturing is not possible here' },
} as const satisfies Record<string, ExitCodeRow>;

export type FailureKind = keyof typeof exitCodeTable;

/** The codes alone. */
export const exitCodes = Object.fromEntries(Object.entries(exitCodeTable).map(([kind, { code }]) => [kind, code])) as {
  readonly [Kind in FailureKind]: (typeof exitCodeTable)[Kind]['code'];
};

/** An empty message means that everything is said already. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
