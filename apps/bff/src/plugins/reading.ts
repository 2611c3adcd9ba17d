/** What a request reads: what is captured, or with `?source=…` a file that was opened beside it. */

import type { Store } from '@kubeshark/store';
import type { FastifyRequest } from 'fastify';
import plugin from 'fastify-plugin';
import type { OpenedFiles } from '../opened/opened-files.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Throws `KS_SOURCE_NOT_FOUND`. */
    readonly reading: Store;
  }
}

export interface ReadingOptions {
  readonly store: Store;
  readonly opened: OpenedFiles;
}

export const reading = plugin<ReadingOptions>(
  async (app, { store, opened }) => {
    app.decorateRequest('reading', {
      getter(this: FastifyRequest) {
        // Not `request.query`, which by now holds only what the route's schema knows.
        const source = new URLSearchParams(this.raw.url?.split('?')[1] ?? '').get('source');
        return source === null ? store : opened.storeOf(source, this.access.me.scope);
      },
    });
  },
  { name: 'reading', dependencies: ['access'] },
);
