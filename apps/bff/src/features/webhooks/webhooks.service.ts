/** The webhooks: kept as a document, offered every entry, imported from the guide's YAML. */

import { isDeepStrictEqual } from 'node:util';
import { type ImportResult, Webhook, type Webhooks as WebhookList } from '@kubeshark/contract';
import type { Entry } from '@kubeshark/model';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Documents, Kind } from '../../documents/documents.ts';
import { HubError } from '../../errors.ts';
import type { Correction } from '../../live-bus/live-bus.ts';
import type { Filter } from '../../services.ts';
import { Sender } from './sender.ts';

const savedDocument: Kind<readonly Webhook[]> = { name: 'webhooks', schema: z.array(Webhook), fallback: [] };
/** Each costs its filter for every entry. */
const MAX_WEBHOOKS = 50;
const File = z.object({ webhooks: z.array(z.object({ name: z.string() }).loose()) });

export interface WebhooksOptions {
  readonly documents: Documents;
  /** Throws `KS_BAD_QUERY`. */
  readonly compile: (query: string) => Filter;
}

export class Webhooks {
  readonly #documents: Documents;
  readonly #compile: (query: string) => Filter;
  readonly #senders = new Map<string, Sender>();

  private constructor({ documents, compile }: WebhooksOptions) {
    this.#documents = documents;
    this.#compile = compile;
  }

  /** `onError` hears of webhooks another hub made that cannot be read here. */
  static async open(options: WebhooksOptions, onError: (error: unknown) => void): Promise<Webhooks> {
    const { documents } = options;
    const webhooks = new Webhooks(options);
    webhooks.#run(await documents.read(savedDocument));
    documents.onChange(savedDocument.name, () => {
      documents
        .read(savedDocument)
        .then((saved) => webhooks.#run(saved))
        .catch(onError);
    });
    return webhooks;
  }

  list(): WebhookList {
    return { webhooks: [...this.#senders.values()].map(({ webhook, state }) => ({ ...webhook, state })) };
  }

  offer(entries: readonly Entry[]): void {
    for (const sender of this.#senders.values()) sender.offer(entries);
  }

  correct(corrections: readonly Correction[]): void {
    for (const sender of this.#senders.values()) sender.correct(corrections);
  }

  async save(webhook: Webhook): Promise<void> {
    this.#compile(webhook.filter);
    await this.#change((saved) => {
      const next = new Map([...saved, webhook].map((one) => [one.name, one]));
      if (next.size > MAX_WEBHOOKS) throw new HubError('KS_BAD_REQUEST', `There may be ${MAX_WEBHOOKS} webhooks.`);
      return [...next.values()];
    });
  }

  async delete(name: string): Promise<void> {
    await this.#change((saved) => {
      if (!saved.some((webhook) => webhook.name === name))
        throw new HubError('KS_WEBHOOK_NOT_FOUND', `There is no webhook ${name}.`);
      return saved.filter((webhook) => webhook.name !== name);
    });
  }

  /** Takes what is right, names what is not. Throws `KS_BAD_FILE` when there are no webhooks in the file. */
  async import(yaml: string): Promise<ImportResult> {
    const imported: string[] = [];
    const refused: ImportResult['refused'] = [];
    for (const row of readFile(yaml)) {
      const parsed = Webhook.safeParse(row);
      const issue = parsed.error?.issues[0];
      try {
        if (parsed.data === undefined)
          throw new HubError('KS_BAD_REQUEST', `${issue?.path.join('.')}: ${issue?.message}`);
        await this.save(parsed.data);
        imported.push(parsed.data.name);
      } catch (error) {
        if (!(error instanceof HubError)) throw error;
        refused.push({ id: row.name, reason: error.message });
      }
    }
    return { imported, refused };
  }

  stop(): void {
    for (const sender of this.#senders.values()) sender.stop();
  }

  async #change(change: (saved: readonly Webhook[]) => readonly Webhook[]): Promise<void> {
    this.#run(await this.#documents.update(savedDocument, change));
  }

  /** Makes these the webhooks that run; one that is the same as before goes on with what it has counted. */
  #run(saved: readonly Webhook[]): void {
    const names = new Set(saved.map(({ name }) => name));
    for (const [name, sender] of this.#senders) {
      if (names.has(name)) continue;
      sender.stop();
      this.#senders.delete(name);
    }
    for (const webhook of saved) {
      const running = this.#senders.get(webhook.name);
      if (running !== undefined && isDeepStrictEqual(running.webhook, webhook)) continue;
      running?.stop();
      this.#senders.set(webhook.name, this.#senderOf(webhook));
    }
  }

  #senderOf(webhook: Webhook): Sender {
    try {
      return new Sender({ webhook, matches: this.#compile(webhook.filter).matches });
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
      // Saved by a release whose language had more: it waits, visibly, and stops nobody else.
      return new Sender({ webhook, matches: () => false, fault: error.message });
    }
  }
}

function readFile(yaml: string): readonly { readonly name: string }[] {
  try {
    return File.parse(parse(yaml)).webhooks;
  } catch (error) {
    throw new HubError('KS_BAD_FILE', 'There are no webhooks in this file; it begins with `webhooks:`.', {
      cause: error,
    });
  }
}
