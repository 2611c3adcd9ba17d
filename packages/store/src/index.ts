export { StoreError, type StoreErrorCode } from './errors.ts';
export type { Count } from './query/count.ts';
export type { Page, PageRequest } from './query/page.ts';
export type { Bounds } from './query/reader.ts';
export type { Condition, Scope } from './query/scope.ts';
export {
  type EmbeddedStoreOptions,
  openStore,
  type ServerStoreOptions,
  type Store,
  type StoreOptions,
  type StoreStats,
} from './store.ts';
export type { InsertReport, RefusalReason, WriterStats } from './write/writer.ts';
