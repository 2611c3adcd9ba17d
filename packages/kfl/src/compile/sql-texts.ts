/** Parts of texts, globs and patterns in SQL. */

import type { TextTest, Typed } from '../types/typed.ts';
import {
  type ConditionContext,
  exactly,
  guarded,
  guardList,
  jsonCondition,
  jsonText,
  type Maybe,
  NEVER,
  whenHeld,
} from './sql-pieces.ts';
import { type SqlValue, toSqlValue } from './sql-values.ts';

/** Larger patterns may be more than the engine's own limits allow. */
const MAX_SQL_PATTERN_SIZE = 2_000;

const textTests: Readonly<Record<TextTest, (text: string, part: string) => string>> = {
  contains: (text, part) => `position(${text}, ${part}) > 0`,
  startsWith: (text, part) => `startsWith(${text}, ${part})`,
  endsWith: (text, part) => `endsWith(${text}, ${part})`,
};

export function toTextTest(
  { test, left, right, caseless }: Extract<Typed, { kind: 'textTest' }>,
  context: ConditionContext,
): Maybe {
  const part = right.kind === 'constant' ? right.value : undefined;
  if (typeof part !== 'string' || !part.isWellFormed()) return undefined;
  const value = toSqlValue(left, context);
  return (
    value &&
    onTexts(value, { context, isEmptyEnough: part === '' }, (sql) =>
      part === '' ? '1' : textTests[test](caseless ? `lower(${sql})` : sql, context.binder.text(part)),
    )
  );
}

interface TextOptions {
  readonly context: ConditionContext;
  /** The empty text passes too, so a column in which it means missing has to be asked. */
  readonly isEmptyEnough: boolean;
}

/** A condition on a text, on any text of several, or on the text of a status. */
export function onTexts(value: SqlValue, { isEmptyEnough }: TextOptions, condition: (sql: string) => string): Maybe {
  switch (value.kind) {
    case 'text': {
      const plain = condition(value.sql);
      if (isEmptyEnough && value.missing === 'null')
        return exactly(guarded(value, `(isNotNull(${value.sql}) AND ${plain})`));
      return exactly(value.missing === 'null' || isEmptyEnough ? guarded(value, plain) : whenHeld(value, plain));
    }
    case 'integer':
      return exactly(condition(`toString(${value.sql})`));
    case 'texts':
      return exactly(`${guardList(value)}arrayExists(v -> ${condition('v')}, ${value.sql})`);
    case 'status':
      return exactly(whenHeld(value, `${value.text} != '' AND ${condition(value.text)}`));
    case 'json':
      return jsonCondition(value, [jsonText(value.args, condition(`JSONExtractString(${value.args})`))]);
    case 'object':
      return undefined;
    case 'number':
    case 'bool':
    case 'map':
      return NEVER;
  }
}

export function toPattern(node: Extract<Typed, { kind: 'like' | 'matches' }>, context: ConditionContext): Maybe {
  const { pattern } = node;
  if (!pattern.source.isWellFormed() || pattern.size > MAX_SQL_PATTERN_SIZE) return undefined;
  const value = toSqlValue(node.of, context);
  if (value === undefined) return undefined;
  const options = { context, isEmptyEnough: pattern.test('') };
  if (node.kind === 'like') {
    const like = pattern.source
      .replace(/[\\%_]/g, String.raw`\$&`)
      .replaceAll('*', '%')
      .replaceAll('?', '_');
    return onTexts(value, options, (sql) => `${sql} LIKE ${context.binder.text(like)}`);
  }
  // The engine's own default lets a dot match line ends.
  return onTexts(value, options, (sql) => `match(${sql}, ${context.binder.text(`(?-s)${pattern.source}`)})`);
}
