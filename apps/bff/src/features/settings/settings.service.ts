/** The settings: a document that begins as the installation says, applied when it changes. */

import { isDeepStrictEqual } from 'node:util';
import { Settings, SettingsState } from '@kubeshark/contract';
import type { RetentionLimits, Store } from '@kubeshark/store';
import type { z } from 'zod';
import type { Documents, Kind } from '../../documents/documents.ts';
import { HubError } from '../../errors.ts';
import type { AgentRegistry } from '../../ingest/agent-registry.ts';
import type { Targets } from '../../kubernetes/targets.ts';
import { settingsNow } from './installed.ts';

/** What is kept: the settings, and what the installation said when they were saved. */
const Saved = SettingsState.extend({ installed: Settings.optional() });
type Saved = z.infer<typeof Saved>;

export interface SettingsOptions {
  readonly documents: Documents;
  readonly store: Pick<Store, 'retain'>;
  readonly agents: AgentRegistry;
  readonly targets: Targets;
  /** What the installation says. */
  readonly initial: Settings;
}

export interface SettingsListener {
  /** Of settings another hub made that cannot be applied here. */
  readonly error: (error: unknown) => void;
  /** Of settings that are not as they were saved any longer. */
  readonly overruled: (lost: SettingsState['overruled']) => void;
}

export class SettingsService {
  readonly #options: SettingsOptions;
  readonly #document: Kind<Saved>;

  private constructor(options: SettingsOptions) {
    this.#options = options;
    const { initial } = options;
    this.#document = { name: 'settings', schema: Saved, fallback: { ...initial, installed: initial, overruled: [] } };
  }

  static async open(options: SettingsOptions, listener: SettingsListener): Promise<SettingsService> {
    const service = new SettingsService(options);
    await service.#reconcile(listener);
    await service.#apply(await service.current());
    options.documents.onChange(service.#document.name, () => {
      service
        .current()
        .then((settings) => service.#apply(settings))
        .catch(listener.error);
    });
    return service;
  }

  async current(): Promise<SettingsState> {
    const { installed: _, ...settings } = await this.#options.documents.read(this.#document);
    return settings;
  }

  async change(settings: Settings): Promise<SettingsState> {
    const { documents, targets, initial } = this.#options;
    const fault = targets.faultOf(settings.tap);
    if (fault !== undefined) throw new HubError('KS_BAD_REQUEST', fault);
    await documents.update(this.#document, () => ({ ...settings, installed: initial, overruled: [] }));
    await this.#apply(settings);
    return { ...settings, overruled: [] };
  }

  /** Once, at start: other hubs of the installation may still run with what it said before. */
  async #reconcile({ overruled: onOverruled }: SettingsListener): Promise<void> {
    const { documents, initial } = this.#options;
    const { installed, overruled: earlier, ...saved } = await documents.read(this.#document);
    // Of settings from before this was kept nobody knows; they stand, until the installation's change the next time.
    const { settings, overruled } = settingsNow(saved, installed ?? initial, initial);
    if (isDeepStrictEqual(installed, initial)) return;
    const still = earlier.filter(({ name }) => !overruled.some((lost) => lost.name === name));
    await documents.update(this.#document, () => ({
      ...settings,
      installed: initial,
      overruled: [...still, ...overruled],
    }));
    if (overruled.length > 0) onOverruled(overruled);
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
