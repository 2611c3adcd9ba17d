/** Text to everything that can be run: the door through which the product uses the language. */

import type { Diagnostic } from '../diagnostics.ts';
import { moreDiagnostics } from '../diagnostics.ts';
import { MAX_DIAGNOSTICS } from '../limits.ts';
import type { Query } from '../syntax/ast.ts';
import { parse } from '../syntax/parser.ts';
import { print } from '../syntax/printer.ts';
import { check } from '../types/checker.ts';
import type { Schema } from '../types/schema.ts';
import type { CheckedStage } from '../types/stages.ts';
import type { Typed } from '../types/typed.ts';
import type { PredicateOptions } from './predicate.ts';
import { compileTest } from './predicate.ts';
import type { Test } from './read.ts';

export interface CompileOptions {
  /** Microseconds that `now()` stands for; the moment of compiling when absent. */
  readonly now?: number;
  /** For live streams: microseconds of the entry at hand, read each time `now()` is needed. Wins over `now`. */
  readonly clock?: () => number;
}

export interface Compiled {
  readonly text: string;
  readonly tree: Query;
  /** The query in the house spelling. */
  readonly normal: string;
  readonly diagnostics: readonly Diagnostic[];
  /** False when a diagnostic is an error: then nothing matches. */
  readonly isValid: boolean;
  /** Does the entry satisfy the condition before the first stage? False for every entry when the query is not valid. */
  readonly predicate: (entry: object) => boolean;
  /** The checked condition; absent when every entry is meant. */
  readonly filter?: Typed;
  readonly stages: readonly CheckedStage[];
  /** From `limit(n)`: results end after n. */
  readonly limit?: number;
  /** From `rlimit(n)`: the newest n are kept. */
  readonly rlimit?: number;
  /** From `leftOff(id)`: results go on after this entry. */
  readonly leftOff?: string;
  /** What `redact()` names, for `redact`. */
  readonly redactions: readonly Typed[];
}

const nothing: Test = () => false;
const everything: Test = () => true;

/** Compiles any text. Never throws: what is wrong is in `diagnostics`. */
export function compile(text: string, schema: Schema, options: CompileOptions = {}): Compiled {
  const { tree, diagnostics: findings } = parse(text);
  const { clock, now = Date.now() * 1000 } = options;
  const { filter, stages, effects, diagnostics: meanings } = check(tree, schema, clock === undefined ? { now } : {});
  const diagnostics = merged(findings, meanings);
  const isValid = diagnostics.every(({ severity }) => severity !== 'error');
  const run: PredicateOptions = clock === undefined ? {} : { clock };
  const test = filter === undefined ? everything : compileTest(filter, run);
  return {
    text,
    tree,
    normal: print(tree),
    diagnostics,
    isValid,
    // Any object is a document: what it holds is looked at with care. Without a function around it (bench/kfl.ts).
    predicate: (isValid ? test : nothing) as (entry: object) => boolean,
    ...(filter !== undefined && { filter }),
    stages: isValid ? stages : [],
    ...(effects.limit !== undefined && { limit: effects.limit }),
    ...(effects.rlimit !== undefined && { rlimit: effects.rlimit }),
    ...(effects.leftOff !== undefined && { leftOff: effects.leftOff }),
    redactions: effects.redact,
  };
}

/** In the order of the text. When there are too many, errors are kept before warnings. */
function merged(findings: readonly Diagnostic[], meanings: readonly Diagnostic[]): readonly Diagnostic[] {
  const all = [...findings, ...meanings];
  const byPlace = (list: readonly Diagnostic[]) => list.toSorted((a, b) => a.start - b.start);
  if (all.length <= MAX_DIAGNOSTICS) return byPlace(all);
  const errorsFirst = all.toSorted((a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'));
  const kept = byPlace(errorsFirst.slice(0, MAX_DIAGNOSTICS));
  const last = kept.at(-1);
  return last === undefined ? kept : [...kept, moreDiagnostics(last, all.length - MAX_DIAGNOSTICS)];
}
