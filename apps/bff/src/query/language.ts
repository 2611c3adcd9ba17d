/** KFL as the hub uses it: text in, a filter for live streams and the store out. */

import type { Diagnostic, Validation } from '@kubeshark/contract';
import { type Compiled, compile, type Diagnostic as Finding } from '@kubeshark/kfl';
import { kflSchema } from '@kubeshark/model';
import { conditionOf } from '@kubeshark/store';
import { HubError } from '../errors.ts';
import type { Filter } from '../services.ts';

const everything: Filter = { matches: () => true, where: undefined, warnings: [] };

const diagnosticOf = ({ severity, code, message, start, end, suggestions }: Finding): Diagnostic => ({
  severity: severity === 'error' ? 'error' : 'warning',
  code,
  message,
  from: start,
  to: end,
  ...(suggestions && { suggestions: [...suggestions] }),
});

/** The compiled query, or a HubError `KS_BAD_QUERY` whose details are the diagnostics. */
export function compileText(text: string): Compiled {
  const compiled = compile(text, kflSchema);
  if (compiled.isValid) return compiled;
  const diagnostics = compiled.diagnostics.map(diagnosticOf);
  const first = diagnostics.find(({ severity }) => severity === 'error');
  throw new HubError('KS_BAD_QUERY', first?.message, { details: { diagnostics } });
}

/** The filter, or a HubError `KS_BAD_QUERY` whose details are the diagnostics. */
export function compileFilter(text: string): Filter {
  if (text.trim() === '') return everything;
  const compiled = compileText(text);
  return {
    matches: compiled.predicate,
    where: conditionOf(compiled),
    warnings: compiled.diagnostics.map(diagnosticOf),
  };
}

/** Everything that can be said about a text, valid or not. */
export function validate(text: string): Validation {
  if (text.trim() === '') return { ok: true, diagnostics: [], formatted: '' };
  const { isValid, normal, diagnostics } = compile(text, kflSchema);
  return { ok: isValid, diagnostics: diagnostics.map(diagnosticOf), ...(isValid && { formatted: normal }) };
}
