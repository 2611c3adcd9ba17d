/** Findings of a query as it is being written. */

import { compile } from '../compile/compile.ts';
import type { Diagnostic } from '../diagnostics.ts';
import type { Schema } from '../types/schema.ts';

/** In the order of the text, with spans and near names. An empty query has none. */
export function diagnose(text: string, schema: Schema): readonly Diagnostic[] {
  return compile(text, schema).diagnostics;
}
