/**
 * The checked tree: names are resolved to paths, types and units are known, every spelling is one operation. The
 * predicate, the SQL and the explanation are made from it, so they cannot disagree about what was meant.
 */

import type { ArithmeticOp, MacroOp, Scalar, Span } from '../syntax/ast.ts';
import type { Pattern } from '../values/pattern.ts';
import type { FunctionRow } from './functions.ts';
import type { FieldUnit } from './schema.ts';
import type { TimeUnit, Type } from './type.ts';

export type Step =
  | { readonly kind: 'key'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'computed'; readonly key: Typed }
  | { readonly kind: 'each' }
  | { readonly kind: 'descend'; readonly name: string };

interface Node extends Span {
  readonly type: Type;
  /** Of durations. */
  readonly unit?: TimeUnit;
}

/** A value in the document: a declared field, or a path that the catalogue does not know. */
export interface FieldNode extends Node {
  readonly kind: 'field';
  /** Declared name, or the path as it was written. */
  readonly name: string;
  readonly isDeclared: boolean;
  /** Keys from the document's root; several paths give one list. */
  readonly paths: readonly (readonly string[])[];
  readonly when?: string;
  readonly caseless?: true;
  readonly fieldUnit?: FieldUnit;
  /** Protocols that fill it; absent means any may. */
  readonly protocols?: readonly string[];
  /** The path goes on past what is declared, so a list may stand anywhere on the way. */
  readonly extended?: true;
}

export type Ordering = '<' | '<=' | '>' | '>=';
export type TextTest = 'contains' | 'startsWith' | 'endsWith';

export type Typed =
  | FieldNode
  | (Node & { readonly kind: 'constant'; readonly value: Scalar })
  /** A protocol's name as a condition: is one of `names` among the entry's protocols? */
  | (Node & { readonly kind: 'flag'; readonly id: string })
  | (Node & { readonly kind: 'local'; readonly slot: number; readonly name: string })
  | (Node & { readonly kind: 'step'; readonly of: Typed; readonly step: Step })
  /** The text of a body; null when it is bytes. */
  | (Node & { readonly kind: 'text'; readonly of: Typed })
  | (Node & { readonly kind: 'and' | 'or'; readonly items: readonly Typed[] })
  | (Node & { readonly kind: 'not'; readonly of: Typed })
  | (Node & { readonly kind: 'exists'; readonly of: Typed })
  | (Node & { readonly kind: 'equal'; readonly left: Typed; readonly right: Typed; readonly caseless: boolean })
  | (Node & {
      readonly kind: 'order';
      readonly op: Ordering;
      readonly left: Typed;
      readonly right: Typed;
      readonly caseless: boolean;
    })
  /** Part of a text; for lists and maps see `member`. */
  | (Node & {
      readonly kind: 'textTest';
      readonly test: TextTest;
      readonly left: Typed;
      readonly right: Typed;
      readonly caseless: boolean;
    })
  | (Node & { readonly kind: 'like' | 'matches'; readonly of: Typed; readonly pattern: Pattern })
  /** Element of a list, key of a map, part of a text: by what the container turns out to be. */
  | (Node & { readonly kind: 'member'; readonly container: Typed; readonly item: Typed; readonly caseless: boolean })
  /** One of some values: constants, ranges of values, address ranges. */
  | (Node & {
      readonly kind: 'oneOf';
      readonly of: Typed;
      readonly choices: readonly Choice[];
      readonly caseless: boolean;
    })
  | (Node & { readonly kind: 'arithmetic'; readonly op: ArithmeticOp; readonly left: Typed; readonly right: Typed })
  | (Node & { readonly kind: 'negate'; readonly of: Typed })
  | (Node & { readonly kind: 'call'; readonly row: FunctionRow; readonly args: readonly Typed[] })
  /** The moment of asking, moved by whole months where days do not say it. */
  | (Node & { readonly kind: 'now'; readonly plusMonths: number })
  | (Node & { readonly kind: 'choose'; readonly test: Typed; readonly whenTrue: Typed; readonly whenFalse: Typed })
  | (Node & { readonly kind: 'fallback'; readonly of: Typed; readonly otherwise: Typed })
  | (Node & {
      readonly kind: 'macro';
      readonly op: MacroOp;
      readonly source: Typed;
      readonly slot: number;
      readonly body: Typed;
    })
  | (Node & { readonly kind: 'list'; readonly items: readonly Typed[] })
  | (Node & { readonly kind: 'map'; readonly entries: readonly { readonly key: Typed; readonly value: Typed }[] });

export type Choice =
  | { readonly kind: 'value'; readonly value: Typed }
  | { readonly kind: 'range'; readonly from: Typed; readonly to: Typed }
  | { readonly kind: 'network'; readonly text: string };

/** Direct parts of a checked node. */
export function typedParts(node: Typed): readonly Typed[] {
  switch (node.kind) {
    case 'field':
    case 'constant':
    case 'flag':
    case 'local':
    case 'now':
      return [];
    case 'step':
      return node.step.kind === 'computed' ? [node.of, node.step.key] : [node.of];
    case 'text':
    case 'not':
    case 'exists':
    case 'negate':
    case 'like':
    case 'matches':
      return [node.of];
    case 'and':
    case 'or':
    case 'list':
      return node.items;
    case 'equal':
    case 'order':
    case 'textTest':
    case 'arithmetic':
      return [node.left, node.right];
    case 'member':
      return [node.container, node.item];
    case 'oneOf':
      return [node.of, ...node.choices.flatMap(choiceParts)];
    case 'call':
      return node.args;
    case 'choose':
      return [node.test, node.whenTrue, node.whenFalse];
    case 'fallback':
      return [node.of, node.otherwise];
    case 'macro':
      return [node.source, node.body];
    case 'map':
      return node.entries.flatMap(({ key, value }) => [key, value]);
  }
}
function choiceParts(choice: Choice): readonly Typed[] {
  if (choice.kind === 'value') return [choice.value];
  return choice.kind === 'range' ? [choice.from, choice.to] : [];
}
