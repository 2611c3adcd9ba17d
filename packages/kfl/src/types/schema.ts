/** Fields a query may name: declared by whoever knows the data, handed to the language as a value. */

export type FieldType =
  | 'bool'
  | 'int'
  | 'float'
  | 'string'
  | 'bytes'
  | 'time'
  | 'duration'
  | 'ip'
  /** A list of strings, or one string; comparisons are existential. */
  | 'strings'
  /** A map with string keys (compared case-insensitively) and string values, such as headers. */
  | 'map'
  /** Text or bytes with a size, such as a body: compares as text, has `.size`, `.json()`, … */
  | 'body'
  /** Whatever the document holds there: scalar, list or object. */
  | 'json';

/** Unit of a numeric field; durations in a query (`500ms`) are converted to it. */
export type FieldUnit = 'ms' | 'us' | 's' | 'bytes';

export interface FieldSpec {
  readonly type: FieldType;
  /** One sentence for completion, hover and the reference page. */
  readonly doc: string;
  /** A whole query that uses the field, run by a test. */
  readonly example?: string;
  readonly unit?: FieldUnit;
  /** Other spellings (v1 and v2 names): `status_code`, `elapsedTime`. A duration alias may carry its own unit. */
  readonly aliases?: readonly (string | { readonly name: string; readonly unit: FieldUnit })[];
  /** Path inside the document when it is not the field's own name; several are read as one list. */
  readonly path?: string | readonly string[];
  /** Flag the entry must carry for the field to have a value: for old names that point at a shared path. */
  readonly when?: string;
  /** Compared without regard to case: protocol names, methods, commands. */
  readonly caseless?: true;
  /** Protocols that fill the field; absent means every entry may have it. */
  readonly protocols?: readonly string[];
  /** Values worth offering before the store has been asked. */
  readonly values?: readonly string[];
}

/** A protocol's name used as a boolean (`http`, `gql`): true when the entry's `protocols` contain `id`. */
export interface FlagSpec {
  readonly id: string;
  readonly doc: string;
  readonly aliases?: readonly string[];
}

export interface Schema {
  readonly fields: Readonly<Record<string, FieldSpec>>;
  readonly flags: readonly FlagSpec[];
}
