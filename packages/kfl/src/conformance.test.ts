import { readdirSync, readFileSync } from 'node:fs';
import { kflSchema } from '@kubeshark/model';
import { describe, expect, test } from 'vitest';
import { compile } from './compile/compile.ts';
import { runQuery } from './compile/pipeline.ts';
import { positionAt } from './syntax/source.ts';
import type { Step } from './testing/script.ts';
import { readScript } from './testing/script.ts';

const folder = new URL('../conformance/', import.meta.url);
/** Moment that `now()` stands for in the scripts. */
const NOW = Date.UTC(2026, 10, 23, 10, 1) * 1000;

describe.each(readdirSync(folder).filter((name) => name.endsWith('.kfltest')))('%s', (name) => {
  const { entries, steps } = readScript(readFileSync(new URL(name, folder), 'utf8'));
  const titled = steps.map((step) => [`${step.line}: ${step.kind} ${step.query}`, step] as const);

  test.each(titled)('%s', (_, step: Step) => {
    const compiled = compile(step.query, kflSchema, { now: NOW });
    const findings = compiled.diagnostics.map(({ code, start }) => {
      const { line, column } = positionAt(step.query, start);
      return `${code} at ${line}:${column}`;
    });
    expect(findings).toEqual(step.findings);
    if (!compiled.isValid) {
      expect(step.wanted).toEqual([]);
      return;
    }
    if (step.kind === 'normal') expect(compiled.normal).toBe(step.wanted.join('\n'));
    if (step.kind === 'table') {
      const result = runQuery(compiled, entries.values());
      expect(result.kind === 'table' ? result.rows.map((row) => JSON.stringify(row)) : result.kind).toEqual(
        step.wanted.map((row) => JSON.stringify(JSON.parse(row))),
      );
    }
    if (step.kind === 'eval') {
      const matched = [...entries].filter(([, entry]) => compiled.predicate(entry)).map(([id]) => id);
      expect(matched).toEqual(step.wanted);
    }
  });
});
