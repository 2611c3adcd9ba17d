export { AccessRule, AccessRules, Capability, Me, Role, roleCapabilities } from './access.ts';
export {
  Grouping,
  Histogram,
  HistogramQuery,
  Latencies,
  LatenciesQuery,
  MapEdge,
  MapGrouping,
  MapNode,
  MapQuery,
  Series,
  SeriesQuery,
  ServiceMap,
  Top,
  TopQuery,
  TopRow,
  Totals,
} from './aggregates.ts';
export { AuditEvent, AuditLog } from './audit.ts';
export { type Endpoint, type EndpointName, endpoints } from './endpoints.ts';
export { EntriesQuery, Entry, EntryPage, EntryRow, Neighbours } from './entries.ts';
export { type ErrorCode, errorCodes, errorTable, Problem } from './errors.ts';
export {
  AgentHealth,
  CaptureCounters,
  CaptureHealth,
  Check,
  DoctorReport,
  IngestHealth,
  SourceInfo,
  Sources,
  StoreHealth,
  TlsOfWorkload,
  VersionInfo,
} from './health.ts';
export {
  LINK_VERSION,
  LIVE_BATCH_MILLIS,
  MAX_AGENT_NUMBER,
  MAX_BATCH_BYTES,
  MAX_BATCH_ENTRIES,
  MAX_FRAME_BYTES,
  MAX_LIVE_BATCH,
  MAX_PACKET_CONNECTIONS,
  MAX_PAGE_ROWS,
  MAX_PAGE_SECONDS,
  MAX_QUERY_CHARS,
  MAX_TARGETS,
  PACKET_PIECE_BYTES,
  PACKET_WINDOW,
} from './limits.ts';
export { AgentMessage, CaptureConfig, HubMessage, PACKETS_FRAME, PacketsWanted } from './link.ts';
export { LiveClientMessage, LiveCounts, LiveMode, LivePosition, LiveServerMessage } from './live.ts';
export {
  Column,
  Diagnostic,
  FieldValues,
  ImportBody,
  ImportResult,
  RunBody,
  RunResult,
  SavedQueries,
  SavedQuery,
  SavedQueryId,
  ValidateBody,
  Validation,
  ValuesQuery,
} from './queries.ts';
export { RedactionRule, RedactionSettings } from './redaction.ts';
export { EntryId, Instant, Query, Scope } from './scalars.ts';
export { Settings, SettingsState } from './settings.ts';
export { ClusterInfo, Targeting } from './targeting.ts';
export { Webhook, WebhookName, WebhookState, Webhooks } from './webhooks.ts';
