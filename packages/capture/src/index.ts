export { ByteInterner } from './decode/interner.ts';
export type { Call } from './dissect/call.ts';
export { CaptureDissection, type CaptureOptions, FrameDissection } from './dissect/capture.ts';
export type {
  CarriedStream,
  CarryOptions,
  CloseReason,
  Description,
  Dissector,
  Exchange,
  Parsed,
  Session,
  SessionContext,
  SessionLimits,
  Side,
  Span,
  UpgradeOptions,
} from './dissect/dissector.ts';
export { latencyOf } from './dissect/dissector.ts';
export { createEngine, type Engine, type EngineOptions } from './dissect/engine.ts';
export { defaultLimits, type EngineLimits } from './dissect/limits.ts';
export { endpointOf, parseQuery } from './http/target.ts';
export { JsonWriter } from './json/json-writer.ts';
export { addressBytes, addressText } from './packet/address.ts';
export { beginOfConnection, ConnectionSet, type WantedConnection } from './packet/connection-set.ts';
export { PacketDecoder } from './packet/decoder.ts';
export type { Packet, PacketSink } from './packet/packet.ts';
export { CaptureReader, isCapture } from './pcap/capture-reader.ts';
export {
  type CaptureFault,
  type CaptureInterface,
  type Frame,
  type FrameSink,
  type LiveCounters,
  MAX_FRAME_BYTES,
} from './pcap/frame.ts';
export { type FrameToWrite, PcapngWriter, PcapWriter } from './pcap/writer.ts';
export { dissectors } from './protocols/registry.ts';
export {
  type CaptureSummary,
  type EndpointStatistics,
  type ProtocolStatistics,
  Statistics,
  type TalkerStatistics,
} from './statistics/statistics.ts';
export { KeyStore } from './tls/key-store.ts';
