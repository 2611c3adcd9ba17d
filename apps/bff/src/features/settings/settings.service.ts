/** The settings of this hub: a document that begins as the environment says, applied when it changes. */

import { Settings } from '@kubeshark/contract';
import type { Store } from '@kubeshark/store';
import type { Documents } from '../../documents/documents.ts';
import type { AgentRegistry } from '../../ingest/agent-registry.ts';

const DOCUMENT = 'settings';

export interface SettingsOptions {
  readonly documents: Documents;
  readonly store: Store;
  readonly agents: AgentRegistry;
  readonly initial: Settings;
}

export class SettingsService {
  readonly #options: SettingsOptions;
  #settings: Settings;

  private constructor(options: SettingsOptions, settings: Settings) {
    this.#options = options;
    this.#settings = settings;
  }

  static async open(options: SettingsOptions): Promise<SettingsService> {
    const settings = await options.documents.read(DOCUMENT, Settings, options.initial);
    const service = new SettingsService(options, settings);
    await service.#apply();
    return service;
  }

  get current(): Settings {
    return this.#settings;
  }

  async change(settings: Settings): Promise<Settings> {
    await this.#options.documents.write(DOCUMENT, settings);
    this.#settings = settings;
    await this.#apply();
    return settings;
  }

  async #apply(): Promise<void> {
    const { retention, maxCapturedSize, redaction } = this.#settings;
    const { agents, store } = this.#options;
    agents.configure({ redaction, ...(maxCapturedSize !== undefined && { maxCapturedSize }) });
    await store.retain({ maxAgeSeconds: retention.hours * 3600, maxBytes: retention.bytes });
  }
}
