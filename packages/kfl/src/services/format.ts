/** The house spelling of a query, broken into lines where it is long. */

import type { Expr } from '../syntax/ast.ts';
import { parse } from '../syntax/parser.ts';
import { print, printExpr, printStage } from '../syntax/printer.ts';
import { lex } from './tokens.ts';

/** Columns after which a query is broken into lines. */
const MAX_LINE = 100;

/** The text in the house spelling; unchanged when it cannot be read. Comments go before what they were written in. */
export function format(text: string): string {
  const { tree, diagnostics } = parse(text);
  if (diagnostics.some(({ severity }) => severity === 'error')) return text;
  const comments = commentsOf(text);
  const whole = print(tree);
  if (whole.length <= MAX_LINE) return [...comments, whole].filter((line) => line !== '').join('\n');
  const filter = tree.filter === undefined ? [] : brokenFilter(tree.filter);
  return [...comments, ...filter, ...tree.stages.map((stage) => `| ${printStage(stage)}`)].join('\n');
}

/** Comments of a text, each as a line of its own. */
export function commentsOf(text: string): readonly string[] {
  return lex(text).flatMap(({ kind, start, end }) =>
    kind === 'comment'
      ? [
          `# ${text
            .slice(start, end)
            .replace(/^(?:#|\/\/)\s*/, '')
            .trimEnd()}`.trimEnd(),
        ]
      : [],
  );
}

function brokenFilter(filter: Expr): readonly string[] {
  const text = printExpr(filter);
  if (text.length <= MAX_LINE || (filter.kind !== 'and' && filter.kind !== 'or')) return [text];
  return filter.items.map((item, at) => {
    // Only an `or` among `and`s and a condition with `? :` need brackets here; printing the pair says which.
    const pair = printExpr({ ...filter, items: [{ kind: 'name', name: 'x', start: 0, end: 0 }, item] });
    return at === 0 ? pair.slice(`x ${filter.kind} `.length) : `  ${pair.slice('x '.length)}`;
  });
}
