export { StoreError, type StoreErrorCode } from './errors.ts';
export type { ChartRequest } from './query/chart.ts';
export { conditionOf } from './query/condition.ts';
export type { Count } from './query/count.ts';
export type { Grouping, MapGrouping, NodeKind } from './query/groupings.ts';
export type { Page, PageRequest } from './query/page.ts';
export type { Answer, PipelineRequest, Table } from './query/pipeline.ts';
export type { Bounds } from './query/reader.ts';
export type { ScanRequest } from './query/scan.ts';
export type { Condition, Scope } from './query/scope.ts';
export type { MapEdge, MapNode, MapRequest, ServiceMap } from './query/service-map.ts';
export type { Arrivals, Tail } from './query/tail.ts';
export type {
  Histogram,
  Latencies,
  Percentiles,
  Point,
  Series,
  SeriesRequest,
  Top,
  TopOrder,
  TopRequest,
  TopRow,
  Totals,
} from './query/traffic.ts';
export type { FieldValue, ValuesRequest } from './query/values.ts';
export type { SharedEvent, SharedEvents } from './shared/events.ts';
export type { SharedNotices } from './shared/notices.ts';
export type { HubReports } from './shared/reports.ts';
export type { SharedText, SharedTexts } from './shared/texts.ts';
export {
  type EmbeddedStoreOptions,
  openStore,
  type ServerStoreOptions,
  type Store,
  type StoreOptions,
  type StoreStats,
} from './store.ts';
export type { Amendment, AmendReport } from './write/amend.ts';
export type { Holdings } from './write/holdings.ts';
export type { StoreState } from './write/keeper.ts';
export type { RetentionLimits } from './write/retention.ts';
export type { InsertReport, RefusalReason, WriterStats } from './write/writer.ts';
