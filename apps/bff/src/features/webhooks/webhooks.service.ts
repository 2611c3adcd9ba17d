/** The webhooks of this hub: kept as a document, offered every entry, imported from the guide's YAML. */

import { type ImportResult, Webhook, type Webhooks as WebhookList } from '@kubeshark/contract';
import type { Entry } from '@kubeshark/model';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Documents } from '../../documents/documents.ts';
import { HubError } from '../../errors.ts';
import type { Filter } from '../../services.ts';
import { Sender } from './sender.ts';

const DOCUMENT = 'webhooks';
const Saved = z.array(Webhook);
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

  static async open(options: WebhooksOptions): Promise<Webhooks> {
    const webhooks = new Webhooks(options);
    for (const webhook of await options.documents.read(DOCUMENT, Saved, [])) webhooks.#start(webhook);
    return webhooks;
  }

  list(): WebhookList {
    return { webhooks: [...this.#senders.values()].map(({ webhook, state }) => ({ ...webhook, state })) };
  }

  offer(entries: readonly Entry[]): void {
    for (const sender of this.#senders.values()) sender.offer(entries);
  }

  async save(webhook: Webhook): Promise<void> {
    if (!this.#senders.has(webhook.name) && this.#senders.size >= MAX_WEBHOOKS)
      throw new HubError('KS_BAD_REQUEST', `There may be ${MAX_WEBHOOKS} webhooks.`);
    this.#start(webhook);
    await this.#write();
  }

  async delete(name: string): Promise<void> {
    const sender = this.#senders.get(name);
    if (sender === undefined) throw new HubError('KS_WEBHOOK_NOT_FOUND', `There is no webhook ${name}.`);
    sender.stop();
    this.#senders.delete(name);
    await this.#write();
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

  #start(webhook: Webhook): void {
    const { matches } = this.#compile(webhook.filter);
    this.#senders.get(webhook.name)?.stop();
    this.#senders.set(webhook.name, new Sender({ webhook, matches }));
  }

  #write(): Promise<void> {
    return this.#documents.write(
      DOCUMENT,
      [...this.#senders.values()].map(({ webhook }) => webhook),
    );
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
