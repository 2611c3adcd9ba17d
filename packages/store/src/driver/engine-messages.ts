/** What the hub's process and the engine's process say to each other. */

/** Which session runs a statement: one writer, a few readers, and one that is always free to kill what the others run. */
export type Lane = 'write' | 'read';

export type ToEngine =
  | { readonly kind: 'run'; readonly call: number; readonly lane: Lane; readonly sql: string }
  | { readonly kind: 'cancel'; readonly call: number }
  | { readonly kind: 'close' };

export type FromEngine =
  | { readonly kind: 'open' }
  /** The data directory could not be opened; the process ends. */
  | { readonly kind: 'refused'; readonly message: string }
  | {
      readonly kind: 'done';
      readonly call: number;
      readonly text: string;
      readonly rowsRead: number;
      readonly bytesRead: number;
    }
  | { readonly kind: 'failed'; readonly call: number; readonly message: string };
