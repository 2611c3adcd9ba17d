/** What the other hubs on the same database say of their agents and of what they took in: any hub answers for all. */

import { setTimeout } from 'node:timers/promises';
import { AgentHealth, IngestHealth, SourceInfo } from '@kubeshark/contract';
import type { HubReports } from '@kubeshark/store';
import { z } from 'zod';
import { Agent, type AgentRegistry } from '../ingest/agent-registry.ts';
import type { Ingest } from '../ingest/ingest.ts';

const Report = z.object({
  agents: z.array(z.object({ health: AgentHealth, source: SourceInfo })),
  ingest: IngestHealth,
});

const EVERY_MILLIS = 2_000;
/** A hub that has said nothing for this long is gone, and its agents are on their way to another. */
const SILENT_SECONDS = 10;

export interface OtherHubsOptions {
  readonly reports: HubReports;
  readonly agents: AgentRegistry;
  readonly ingest: Ingest;
}

export class OtherHubs {
  readonly #options: OtherHubsOptions;
  #agents: readonly Agent[] = [];
  #ingest: readonly IngestHealth[] = [];

  constructor(options: OtherHubsOptions) {
    this.#options = options;
  }

  /** Agents as their hubs saw them last. */
  get agents(): readonly Agent[] {
    return this.#agents;
  }

  get ingest(): readonly IngestHealth[] {
    return this.#ingest;
  }

  /** Says and hears once. */
  async exchange(): Promise<void> {
    const { reports, agents, ingest } = this.#options;
    const own = agents.list(Date.now() * 1000).map(({ health, sourceInfo }) => ({ health, source: sourceInfo }));
    await reports.publish(JSON.stringify({ agents: own, ingest: ingest.health }));
    // What a hub of another release says in another form is left out; it is one of them, not all.
    const heard = (await reports.others(SILENT_SECONDS)).flatMap(
      (text) => Report.safeParse(JSON.parse(text)).data ?? [],
    );
    this.#agents = heard.flatMap((report) => report.agents.map(({ health, source }) => Agent.of(health, source)));
    this.#ingest = heard.map((report) => report.ingest);
  }

  /** Says and hears until `signal` is aborted. */
  async run(signal: AbortSignal, onError: (error: unknown) => void): Promise<void> {
    while (!signal.aborted) {
      await this.exchange().catch(onError);
      await setTimeout(EVERY_MILLIS, undefined, { signal }).catch(() => undefined);
    }
  }
}
