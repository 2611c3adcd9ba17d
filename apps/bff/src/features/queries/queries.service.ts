/** Saved queries: a document of the hub, imported from and exported to the guide's queries.yaml. */

import { type ImportResult, SavedQuery, SavedQueryId } from '@kubeshark/contract';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import type { Documents, Kind } from '../../documents/documents.ts';
import { HubError } from '../../errors.ts';

const savedDocument: Kind<readonly SavedQuery[]> = { name: 'queries', schema: z.array(SavedQuery), fallback: [] };
/** A list people choose from; more are no longer found in it. */
const MAX_QUERIES = 1_000;

const File = z.object({
  queries: z.record(
    z.string(),
    z.object({ name: z.string().optional(), query: z.string(), description: z.string().optional() }),
  ),
});

export interface SavedQueriesOptions {
  readonly documents: Documents;
  /** Throws `KS_BAD_QUERY`. */
  readonly compile: (query: string) => unknown;
}

export class SavedQueries {
  readonly #documents: Documents;
  readonly #compile: (query: string) => unknown;

  constructor({ documents, compile }: SavedQueriesOptions) {
    this.#documents = documents;
    this.#compile = compile;
  }

  /** In the order of their names. */
  async list(): Promise<SavedQuery[]> {
    return (await this.#documents.read(savedDocument)).toSorted((a, b) => a.name.localeCompare(b.name));
  }

  async save(query: SavedQuery): Promise<SavedQuery> {
    this.#compile(query.query);
    await this.#replace([query]);
    return query;
  }

  async delete(id: string): Promise<void> {
    await this.#documents.update(savedDocument, (saved) => {
      if (!saved.some((query) => query.id === id))
        throw new HubError('KS_SAVED_QUERY_NOT_FOUND', `There is no saved query ${id}.`);
      return saved.filter((query) => query.id !== id);
    });
  }

  /** Takes what compiles, names what does not. Throws `KS_BAD_FILE` when it is no queries.yaml. */
  async import(yaml: string): Promise<ImportResult> {
    const taken: SavedQuery[] = [];
    const refused: ImportResult['refused'] = [];
    for (const [id, { name = id, query, description }] of Object.entries(readFile(yaml).queries)) {
      const saved = { id, name, query, ...(description !== undefined && { description }) };
      const reason = this.#faultOf(saved);
      if (reason === undefined) taken.push(saved);
      else refused.push({ id, reason });
    }
    await this.#replace(taken);
    return { imported: taken.map(({ id }) => id), refused };
  }

  async export(): Promise<string> {
    const queries = (await this.list()).map(({ id, ...rest }) => [id, rest] as const);
    return stringify({ queries: Object.fromEntries(queries) });
  }

  #faultOf(query: SavedQuery): string | undefined {
    if (!SavedQueryId.safeParse(query.id).success) return 'the id may have lower-case letters, digits and dashes';
    const shape = SavedQuery.safeParse(query);
    if (!shape.success) return shape.error.issues[0]?.message ?? 'not a query';
    try {
      this.#compile(query.query);
      return undefined;
    } catch (error) {
      if (error instanceof HubError) return error.message;
      throw error;
    }
  }

  async #replace(queries: readonly SavedQuery[]): Promise<void> {
    await this.#documents.update(savedDocument, (saved) => {
      const next = new Map([...saved, ...queries].map((query) => [query.id, query]));
      if (next.size > MAX_QUERIES) throw new HubError('KS_BAD_REQUEST', `There may be ${MAX_QUERIES} saved queries.`);
      return [...next.values()];
    });
  }
}

function readFile(yaml: string): z.output<typeof File> {
  try {
    return File.parse(parse(yaml));
  } catch (error) {
    const [issue] = error instanceof z.ZodError ? error.issues : [];
    const text =
      issue === undefined
        ? String(error instanceof Error ? error.message : error)
        : `${issue.path.join('.')}: ${issue.message}`;
    throw new HubError('KS_BAD_FILE', `This is no queries.yaml: ${text}`, { cause: error });
  }
}
