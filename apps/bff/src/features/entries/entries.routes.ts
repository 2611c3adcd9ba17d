/** Entries: pages, one whole, its neighbours. */

import { endpoints } from '@kubeshark/contract';
import type { Store } from '@kubeshark/store';
import type { FastifyPluginAsync } from 'fastify';
import { HubError } from '../../errors.ts';
import type { LiveBus } from '../../live-bus/live-bus.ts';
import { handle } from '../../plugins/endpoint.ts';

export interface EntriesRoutesOptions {
  readonly store: Store;
  readonly bus: LiveBus;
}

export const entriesRoutes: FastifyPluginAsync<EntriesRoutesOptions> = async (app, { store, bus }) => {
  handle(app, endpoints.entries, async ({ query, access, reading, signal }) => {
    const { where } = access.compile(query.q);
    const { since, until, before, limit, seconds } = query;
    const page = await reading.page({ where, since, until, before, limit, seconds, signal });
    return { ...page, rows: [...page.rows] };
  });

  handle(app, endpoints.entry, async ({ params, access, reading }) => {
    // An entry shows in the live list a moment before the store has it.
    const found = (reading === store ? bus.find(params.id) : undefined) ?? (await reading.find(params.id));
    const entry = found && access.present(found);
    if (entry === undefined) throw new HubError('KS_ENTRY_NOT_FOUND', `There is no entry ${params.id}.`);
    return entry;
  });
};
