/** Path parameters. */

import { z } from 'zod';
import { SavedQueryId } from './queries.ts';
import { EntryId } from './scalars.ts';
import { WebhookName } from './webhooks.ts';

export const EntryParams = z.object({ id: EntryId });
export const SavedQueryParams = z.object({ id: SavedQueryId });
export const WebhookParams = z.object({ name: WebhookName });
