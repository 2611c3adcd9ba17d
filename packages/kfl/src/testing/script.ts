/**
 * Conformance scripts (`*.kfltest`): entries, queries, and what must come out.
 *
 *     load
 *       a1 http request.method=GET response.status=200     # id, protocols, values (JSON, else text)
 *     eval http and response.status >= 500
 *       a2                                                 # ids in order, one line; nothing when none match
 *     eval response.staus == 1
 *       expect KFL2001 at 1:1                              # a finding; ids may follow on their own line
 *     normal status_code = 5                               # the house spelling
 *       status_code == 5
 *     table http | count by request.method                 # a row per line, cells as JSON
 *       ["GET", 2]
 */

import { anEntry } from './entry.ts';

export interface Step {
  readonly kind: 'eval' | 'normal' | 'table';
  readonly query: string;
  readonly line: number;
  /** Ids, normal form, or rows. */
  readonly wanted: readonly string[];
  /** `KFL2001 at 1:1`. */
  readonly findings: readonly string[];
}

export interface Script {
  readonly entries: ReadonlyMap<string, Record<string, unknown>>;
  readonly steps: readonly Step[];
}

export function readScript(text: string): Script {
  const entries = new Map<string, Record<string, unknown>>();
  const steps: { -readonly [Key in keyof Step]: Step[Key] }[] = [];
  let isLoading = false;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trimEnd();
    if (line === '' || line.startsWith('#')) continue;
    if (!line.startsWith(' ')) {
      const [, kind = '', query = ''] = /^(\w+) ?(.*)$/.exec(line) ?? [];
      isLoading = kind === 'load';
      if (isLoading) continue;
      if (kind !== 'eval' && kind !== 'normal' && kind !== 'table') throw new Error(`line ${index + 1}: ${line}`);
      steps.push({ kind, query: query.replaceAll('\\n', '\n'), line: index + 1, wanted: [], findings: [] });
      continue;
    }
    const content = line.trim();
    if (isLoading) {
      const [id, entry] = readEntry(content, entries.size);
      entries.set(id, entry);
      continue;
    }
    const step = steps.at(-1);
    if (step === undefined) throw new Error(`line ${index + 1}: nothing to expect from`);
    if (content.startsWith('expect ')) step.findings = [...step.findings, content.slice('expect '.length)];
    else if (step.kind === 'eval') step.wanted = [...step.wanted, ...content.split(/\s+/)];
    else step.wanted = [...step.wanted, content];
  }
  return { entries, steps };
}

/** `a1 http request.method=GET`: words without `=` are protocols, most specific first. */
function readEntry(line: string, index: number): [string, Record<string, unknown>] {
  const [id = '', ...words] = line.match(/(?:"(?:[^"\\]|\\.)*"|\{.*?\}(?= |$)|\[.*?\](?= |$)|[^\s"])+/g) ?? [];
  const values: Record<string, unknown> = {};
  const protocols: string[] = [];
  for (const word of words) {
    const equals = word.indexOf('=');
    if (equals === -1) protocols.push(word);
    else values[word.slice(0, equals)] = readValue(word.slice(equals + 1));
  }
  if (protocols.length > 0) Object.assign(values, { protocol: protocols[0], protocols });
  return [id, anEntry(index, values)];
}

function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is not JSON is a text.
    return text;
  }
}
