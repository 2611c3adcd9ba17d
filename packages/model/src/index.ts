export { type ProtocolId, protocolOf, protocols } from './catalogue.ts';
export type {
  Body,
  CaptureFacts,
  Connection,
  Endpoint,
  EndpointRow,
  Entry,
  EntryId,
  EntryRow,
  Headers,
  JsonObject,
  JsonValue,
  Message,
  Micros,
  Millis,
  Request,
  Response,
  TlsFacts,
} from './entry.ts';
export { rowOf } from './entry.ts';
export type { ProtocolDescriptor, Section, SectionRow, Viewer } from './protocol.ts';
export { kflSchema } from './schema.ts';
export { sqlMapping } from './sql-mapping.ts';
