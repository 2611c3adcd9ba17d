/** The tree all three spellings parse into. Nodes are plain data with a half-open span of the text. */

export interface Span {
  readonly start: number;
  readonly end: number;
}

type CompareOp = '==' | '!=' | '<' | '<=' | '>' | '>=';
export type TextOp = 'contains' | 'startsWith' | 'endsWith' | 'matches' | 'like';
export type ArithmeticOp = '+' | '-' | '*' | '/' | '%';
export type BinaryOp = CompareOp | TextOp | ArithmeticOp | 'in';
export type MacroOp = 'exists' | 'all' | 'filter' | 'map';

export type Scalar = null | boolean | number | bigint | string;

export type Expr =
  | (Span & { readonly kind: 'literal'; readonly value: Scalar })
  /** A number with a unit of time; `micros` may be a fraction. `text` is how it was written. */
  | (Span & { readonly kind: 'duration'; readonly micros: number; readonly text: string })
  /** A number with a unit of size. */
  | (Span & { readonly kind: 'size'; readonly bytes: number; readonly text: string })
  /** v1's r"…". */
  | (Span & { readonly kind: 'regex'; readonly pattern: string })
  | (Span & { readonly kind: 'name'; readonly name: string })
  | (Span & { readonly kind: 'member'; readonly object: Expr; readonly name: string })
  | (Span & { readonly kind: 'index'; readonly object: Expr; readonly index: Expr })
  /** `x.*` and `x[*]`: every element or value. */
  | (Span & { readonly kind: 'each'; readonly object: Expr })
  /** `x..name`: every value under that name, however deep. */
  | (Span & { readonly kind: 'descend'; readonly object: Expr; readonly name: string })
  /** `f(a)` and `a.f()` are the same call. */
  | (Span & {
      readonly kind: 'call';
      readonly name: string;
      readonly nameStart: number;
      readonly args: readonly Expr[];
    })
  | (Span & {
      readonly kind: 'macro';
      readonly op: MacroOp;
      readonly source: Expr;
      readonly variable: string;
      readonly body: Expr;
    })
  | (Span & { readonly kind: 'list'; readonly items: readonly Expr[] })
  | (Span & { readonly kind: 'map'; readonly entries: readonly { readonly key: Expr; readonly value: Expr }[] })
  | (Span & { readonly kind: 'range'; readonly from: Expr; readonly to: Expr })
  | (Span & { readonly kind: 'not'; readonly operand: Expr })
  | (Span & { readonly kind: 'negate'; readonly operand: Expr })
  | (Span & { readonly kind: 'exists'; readonly operand: Expr })
  | (Span & { readonly kind: 'and' | 'or'; readonly items: readonly Expr[] })
  | (Span & { readonly kind: 'binary'; readonly op: BinaryOp; readonly left: Expr; readonly right: Expr })
  | (Span & { readonly kind: 'conditional'; readonly test: Expr; readonly whenTrue: Expr; readonly whenFalse: Expr })
  /** A hole: something had to stand here. */
  | (Span & { readonly kind: 'missing' });

export interface Aggregate extends Span {
  readonly name: string;
  readonly args: readonly Expr[];
  readonly as?: string;
}
export interface SortKey extends Span {
  readonly by: Expr;
  readonly descending: boolean;
}

export type Stage =
  | (Span & { readonly kind: 'where'; readonly filter: Expr })
  | (Span & { readonly kind: 'count'; readonly by: readonly Expr[] })
  | (Span & { readonly kind: 'stats'; readonly aggregates: readonly Aggregate[]; readonly by: readonly Expr[] })
  | (Span & { readonly kind: 'top'; readonly count: number; readonly field: Expr; readonly aggregate?: Aggregate })
  | (Span & {
      readonly kind: 'timechart';
      readonly span: Expr;
      readonly aggregates: readonly Aggregate[];
      readonly by?: Expr;
    })
  | (Span & { readonly kind: 'sort'; readonly keys: readonly SortKey[] })
  | (Span & { readonly kind: 'limit'; readonly count: number })
  | (Span & { readonly kind: 'fields'; readonly fields: readonly Expr[] })
  | (Span & { readonly kind: 'distinct'; readonly field: Expr });

export interface Query extends Span {
  /** Absent when the text is empty or begins with a stage. */
  readonly filter?: Expr;
  readonly stages: readonly Stage[];
}

/** The direct parts of a node, in order. */
export function partsOf(node: Expr): readonly Expr[] {
  switch (node.kind) {
    case 'member':
    case 'each':
    case 'descend':
      return [node.object];
    case 'index':
      return [node.object, node.index];
    case 'call':
      return node.args;
    case 'macro':
      return [node.source, node.body];
    case 'list':
    case 'and':
    case 'or':
      return node.items;
    case 'map':
      return node.entries.flatMap(({ key, value }) => [key, value]);
    case 'range':
      return [node.from, node.to];
    case 'not':
    case 'negate':
    case 'exists':
      return [node.operand];
    case 'binary':
      return [node.left, node.right];
    case 'conditional':
      return [node.test, node.whenTrue, node.whenFalse];
    case 'literal':
    case 'duration':
    case 'size':
    case 'regex':
    case 'name':
    case 'missing':
      return [];
  }
}

/** The expressions of a stage, in the order they are written. */
export function expressionsOf(stage: Stage): readonly Expr[] {
  switch (stage.kind) {
    case 'where':
      return [stage.filter];
    case 'count':
      return stage.by;
    case 'stats':
      return [...stage.aggregates.flatMap(({ args }) => args), ...stage.by];
    case 'top':
      return [stage.field, ...(stage.aggregate?.args ?? [])];
    case 'timechart':
      return [...stage.aggregates.flatMap(({ args }) => args), ...(stage.by === undefined ? [] : [stage.by])];
    case 'sort':
      return stage.keys.map(({ by }) => by);
    case 'fields':
      return stage.fields;
    case 'distinct':
      return [stage.field];
    case 'limit':
      return [];
  }
}
