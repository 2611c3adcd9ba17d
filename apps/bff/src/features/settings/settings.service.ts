/** The settings: a document that begins as the environment says, applied when it changes. */

import { Settings } from '@kubeshark/contract';
import type { RetentionLimits, Store } from '@kubeshark/store';
import type { Documents, Kind } from '../../documents/documents.ts';
import { HubError } from '../../errors.ts';
import type { AgentRegistry } from '../../ingest/agent-registry.ts';
import type { Targets } from '../../kubernetes/targets.ts';

export interface SettingsOptions {
  readonly documents: Documents;
  readonly store: Store;
  readonly agents: AgentRegistry;
  readonly targets: Targets;
  readonly initial: Settings;
}

export class SettingsService {
  readonly #options: SettingsOptions;
  readonly #document: Kind<Settings>;

  private constructor(options: SettingsOptions) {
    this.#options = options;
    this.#document = { name: 'settings', schema: Settings, fallback: options.initial };
  }

  /** `onError` hears of settings another hub made that cannot be applied here. */
  static async open(options: SettingsOptions, onError: (error: unknown) => void): Promise<SettingsService> {
    const service = new SettingsService(options);
    await service.#apply(await service.current());
    options.documents.onChange(service.#document.name, () => {
      service
        .current()
        .then((settings) => service.#apply(settings))
        .catch(onError);
    });
    return service;
  }

  current(): Promise<Settings> {
    return this.#options.documents.read(this.#document);
  }

  async change(settings: Settings): Promise<Settings> {
    const fault = this.#options.targets.faultOf(settings.tap);
    if (fault !== undefined) throw new HubError('KS_BAD_REQUEST', fault);
    await this.#options.documents.update(this.#document, () => settings);
    await this.#apply(settings);
    return settings;
  }

  async #apply({ retention, maxCapturedSize, redaction, tap }: Settings): Promise<void> {
    const { agents, store, targets } = this.#options;
    targets.set(tap);
    agents.configure({ redaction, ...(maxCapturedSize !== undefined && { maxCapturedSize }) });
    await store.retain(limitsOf(retention));
  }
}

/** The store's limits for what people set. */
export const limitsOf = ({ hours, bytes, bodyHours }: Settings['retention']): RetentionLimits => ({
  maxAgeSeconds: hours * 3600,
  maxBytes: bytes,
  ...(bodyHours !== undefined && { bodiesMaxAgeSeconds: bodyHours * 3600 }),
});
