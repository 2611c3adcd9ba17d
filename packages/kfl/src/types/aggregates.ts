/** The table of aggregates: what `stats`, `top` and `timechart` can ask of many entries. */

export type AggregateKind = 'count' | 'sum' | 'avg' | 'min' | 'max' | 'quantile' | 'rate' | 'errorRate' | 'dcount';

export interface AggregateRow {
  readonly kind: AggregateKind;
  readonly signature: string;
  readonly doc: string;
  readonly example: string;
  /** Number of arguments. */
  readonly arity: number;
  /** Of the named quantiles. */
  readonly quantile?: number;
}

const quantile = (name: string, part: number, words: string): readonly [string, AggregateRow] => [
  name,
  {
    kind: 'quantile',
    signature: `${name}(x)`,
    doc: `${words}, interpolated between neighbours.`,
    example: `http | stats ${name}(response.latency) by dst.name`,
    arity: 1,
    quantile: part,
  },
];

export const aggregates: ReadonlyMap<string, AggregateRow> = new Map<string, AggregateRow>([
  [
    'count',
    { kind: 'count', signature: 'count()', doc: 'How many.', example: 'http | stats count() by dst.name', arity: 0 },
  ],
  [
    'sum',
    {
      kind: 'sum',
      signature: 'sum(x)',
      doc: 'Sum of the numbers that are there.',
      example: 'http | stats sum(response.size) by dst.name',
      arity: 1,
    },
  ],
  [
    'avg',
    {
      kind: 'avg',
      signature: 'avg(x)',
      doc: 'Mean of the numbers that are there.',
      example: 'http | stats avg(response.latency)',
      arity: 1,
    },
  ],
  [
    'min',
    {
      kind: 'min',
      signature: 'min(x)',
      doc: 'Lowest number.',
      example: 'http | stats min(response.latency)',
      arity: 1,
    },
  ],
  [
    'max',
    {
      kind: 'max',
      signature: 'max(x)',
      doc: 'Highest number.',
      example: 'http | stats max(response.latency)',
      arity: 1,
    },
  ],
  quantile('p50', 0.5, 'The median'),
  quantile('p90', 0.9, 'Nine of ten are at most this'),
  quantile('p95', 0.95, '95 of 100 are at most this'),
  quantile('p99', 0.99, '99 of 100 are at most this'),
  [
    'quantile',
    {
      kind: 'quantile',
      signature: 'quantile(q, x)',
      doc: 'The q-quantile, q from 0 to 1, interpolated between neighbours.',
      example: 'http | stats quantile(0.999, response.latency)',
      arity: 2,
    },
  ],
  [
    'rate',
    {
      kind: 'rate',
      signature: 'rate()',
      doc: 'How many per second, over the span of the chart or the time between the first and the last entry.',
      example: 'http | timechart 1m rate()',
      arity: 0,
    },
  ],
  [
    'errorRate',
    {
      kind: 'errorRate',
      signature: 'errorRate()',
      doc: 'Share of the entries with `error`, from 0 to 1.',
      example: 'http | stats errorRate() by dst.name',
      arity: 0,
    },
  ],
  [
    'dcount',
    {
      kind: 'dcount',
      signature: 'dcount(x)',
      doc: 'How many different values there are.',
      example: 'http | stats dcount(src.ip) by endpoint',
      arity: 1,
    },
  ],
]);
