/** KFL as the hub uses it: text in, a filter for live streams and the store out. */

import type { Diagnostic } from '@kubeshark/contract';
import { HubError } from '../errors.ts';
import type { Filter } from '../services.ts';

const everything: Filter = { matches: () => true, where: undefined, warnings: [] };

/** The filter, or a HubError `KS_BAD_QUERY` whose details are the diagnostics. */
export function compileFilter(text: string): Filter {
  if (text.trim() === '') return everything;
  const diagnostics: Diagnostic[] = [
    { severity: 'error', code: 'KFL0000', message: 'queries are not understood yet', from: 0, to: text.length },
  ];
  throw new HubError('KS_BAD_QUERY', diagnostics[0]?.message, { details: { diagnostics } });
}
