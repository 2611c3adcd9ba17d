export { type Compiled, type CompileOptions, compile } from './compile/compile.ts';
export { type Explanation, explain } from './compile/explain.ts';
export { columnsOf, type PipelineResult, type Run, runQuery, startRun } from './compile/pipeline.ts';
export { REDACTED, redact } from './compile/redact.ts';
export { compileSql, type Sql, type SqlOptions } from './compile/sql.ts';
export type { Missing, SqlColumn, SqlMapping, SqlParameter, SqlParameters } from './compile/sql-mapping.ts';
export { compileSqlPipeline, type SqlPipeline, type SqlSource } from './compile/sql-pipeline.ts';
export { type Diagnostic, type DiagnosticCode, diagnosticCatalogue, type Severity } from './diagnostics.ts';
export { MAX_QUERY_LENGTH } from './limits.ts';
export {
  type CompleteOptions,
  type CompletionItem,
  type CompletionKind,
  type Completions,
  complete,
} from './services/complete.ts';
export { diagnose } from './services/diagnose.ts';
export { format } from './services/format.ts';
export { type Hover, hover } from './services/hover.ts';
export { hasTerm, type Term, type TermOp, toggleTerm } from './services/toggle-term.ts';
export { type ColouredToken, type TokenKind, tokens } from './services/tokens.ts';
export type { Aggregate, Expr, Query, Span, Stage } from './syntax/ast.ts';
export { expressionsOf, partsOf } from './syntax/ast.ts';
export { type Operator, operators } from './syntax/operators.ts';
export { type Parsed, parse } from './syntax/parser.ts';
export { print } from './syntax/printer.ts';
export { type Position, positionAt, snippet } from './syntax/source.ts';
export { stageDocs } from './syntax/stages.ts';
export { type AggregateRow, aggregates } from './types/aggregates.ts';
export { type Checked, check } from './types/checker.ts';
export { type FunctionRow, functions } from './types/functions.ts';
export type { FieldSpec, FieldType, FieldUnit, FlagSpec, Schema } from './types/schema.ts';
export type { AggregateColumn, CheckedStage, Column, ValueColumn } from './types/stages.ts';
export type { Type } from './types/type.ts';
export type { Typed } from './types/typed.ts';
export { nearest } from './values/nearest.ts';
