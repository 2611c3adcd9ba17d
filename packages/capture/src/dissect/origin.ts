import type { ProtocolId } from '@kubeshark/model';

/** What every call of an engine has in common. */
export interface Origin {
  readonly node: string;
  /** `libpcap`, `af_packet`, `file`, … */
  readonly source: string;
  /** 0–4095: keeps the ids of several agents apart. */
  readonly agentNumber: number;
  interfaceName(id: number): string | undefined;
  /** Counts a fault in `describe`, which is contained: the call is shown with what is known without it. */
  describeFailed(protocol: ProtocolId, error: unknown): void;
}
