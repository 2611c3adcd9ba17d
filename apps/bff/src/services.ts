/** What the application is built from; `main.ts` makes the real ones, a test may make smaller ones. */

import type { Diagnostic } from '@kubeshark/contract';
import type { Entry } from '@kubeshark/model';
import type { Condition, Store } from '@kubeshark/store';
import type { AuditLog } from './audit/audit-log.ts';
import type { Documents } from './documents/documents.ts';
import type { Replays } from './features/replays/replays.service.ts';
import type { OtherHubs } from './hubs/other-hubs.ts';
import type { AgentRegistry } from './ingest/agent-registry.ts';
import type { Ingest } from './ingest/ingest.ts';
import type { Cluster } from './kubernetes/cluster.ts';
import type { Targets } from './kubernetes/targets.ts';
import type { LiveBus } from './live-bus/live-bus.ts';
import type { OpenedFiles } from './opened/opened-files.ts';
import type { Recordings } from './recordings/recordings.ts';

/** A filter in the forms the hub needs. */
export interface Filter {
  readonly matches: (entry: Entry) => boolean;
  /** Undefined when every entry matches. */
  readonly where: Condition | undefined;
  readonly warnings: readonly Diagnostic[];
}

export interface Services {
  readonly store: Store;
  readonly bus: LiveBus;
  readonly ingest: Ingest;
  readonly agents: AgentRegistry;
  readonly documents: Documents;
  readonly audit: AuditLog;
  /** Absent outside of a cluster. */
  readonly cluster?: Cluster | undefined;
  readonly targets: Targets;
  /** Absent where no other hub can have the store open. */
  readonly others?: OtherHubs | undefined;
  readonly recordings: Recordings;
  readonly replays: Replays;
  readonly opened: OpenedFiles;
}
