/** KFL on the command line: compiled here for files and local capture, sent along to a hub. */

import { type Compiled, compile, positionAt } from '@kubeshark/kfl';
import { kflSchema } from '@kubeshark/model';
import { Failure } from './failure.ts';

/** The compiled query; a Failure that points at the place when it does not compile. */
export function compileQuery(text: string): Compiled {
  const compiled = compile(text, kflSchema);
  const [error] = compiled.diagnostics.filter(({ severity }) => severity === 'error');
  if (error !== undefined) {
    const { column } = positionAt(text, error.start);
    const hint = error.suggestions?.length ? ` Did you mean ${error.suggestions.join(' or ')}?` : '';
    throw new Failure(
      'usage',
      `The query is wrong at column ${column}: ${error.message}${hint}\n  ${text}\n  ${' '.repeat(column - 1)}^`,
    );
  }
  for (const { message } of compiled.diagnostics) process.stderr.write(`Note: ${message}\n`);
  return compiled;
}

/** The query, narrowed to calls that touch one of the namespaces. */
export const inNamespaces = (query: string, namespaces: readonly string[]): string =>
  touching(query, 'namespace', namespaces);

/** The query, narrowed to calls that touch one of the pods. */
export const ofPods = (query: string, pods: readonly string[]): string => touching(query, 'pod', pods);

function touching(query: string, field: 'namespace' | 'pod', names: readonly string[]): string {
  if (names.length === 0) return query;
  const list = JSON.stringify(names);
  const scope = `(src.${field} in ${list} or dst.${field} in ${list})`;
  return query.trim() === '' ? scope : `${scope} and (${query})`;
}
