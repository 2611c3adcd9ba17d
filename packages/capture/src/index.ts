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
export { dissectors } from './protocols/registry.ts';
