/** Gives every request the access of whoever asks. Without rules everybody is the administrator of a laptop. */

import { errorTable, type Me } from '@kubeshark/contract';
import type { FastifyRequest } from 'fastify';
import plugin from 'fastify-plugin';
import { Access } from '../access/access.ts';
import { type AccessPolicy, everybody, recognise } from '../access/identity.ts';
import { HubError } from '../errors.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Throws `KS_UNAUTHENTICATED` when nobody is known. */
    readonly access: Access;
  }
}

/** People whose scope is compiled once; beyond it, all are compiled anew. */
const MAX_REMEMBERED = 1_000;

export const access = plugin<{ readonly policy: AccessPolicy | undefined }>(
  async (app, { policy }) => {
    const remembered = new Map<string, Access>();
    const accessOf = (me: Me): Access => {
      const key = JSON.stringify(me);
      const known = remembered.get(key);
      if (known !== undefined) return known;
      if (remembered.size >= MAX_REMEMBERED) remembered.clear();
      const made = new Access(me);
      remembered.set(key, made);
      return made;
    };
    const open = new Access(everybody);

    app.decorateRequest('access', {
      getter(this: FastifyRequest) {
        if (policy === undefined) return open;
        const recognised = recognise({ address: this.raw.socket.remoteAddress, headers: this.headers }, policy);
        if (recognised.kind === 'known') return accessOf(recognised.me);
        if (recognised.kind === 'nobody') throw new HubError('KS_UNAUTHENTICATED', recognised.why);
        this.log.warn({ from: this.raw.socket.remoteAddress }, 'identity headers from an address that is no proxy');
        throw new HubError('KS_UNAUTHENTICATED', errorTable.KS_UNAUTHENTICATED.meaning);
      },
    });
  },
  { name: 'access', dependencies: ['problem'] },
);
