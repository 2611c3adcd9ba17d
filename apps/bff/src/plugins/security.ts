/** Headers that keep a browser from running or framing what it should not, and a guard against DNS rebinding. */

import { isIP } from 'node:net';
import helmet from '@fastify/helmet';
import type { FastifyRequest } from 'fastify';
import plugin from 'fastify-plugin';
import { HubError } from '../errors.ts';

export interface SecurityOptions {
  /** Host names that browsers may use; empty means any when the hub is not on loopback only. */
  readonly allowedHosts: readonly string[];
  readonly loopbackOnly: boolean;
}

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/** An address cannot be pointed elsewhere; probes of a cluster use the pod's. */
const isAddress = (name: string): boolean => isIP(name.replace(/^\[|\]$/g, '')) !== 0;

/** The name without the port, lower case. */
const nameOf = (host: string): string => host.toLowerCase().replace(/:\d+$/, '');

/** A browser says where a page comes from; a page of another site must not read or change anything here. */
function isForeign(request: FastifyRequest): boolean {
  const { origin } = request.headers;
  if (origin === undefined) return false;
  return URL.parse(origin)?.host !== request.host;
}

export const security = plugin<SecurityOptions>(
  async (app, { allowedHosts, loopbackOnly }) => {
    await app.register(helmet, {
      contentSecurityPolicy: {
        useDefaults: true,
        directives: {
          'script-src': ["'self'"],
          // Monaco starts its worker from a blob.
          'worker-src': ["'self'", 'blob:'],
          'style-src': ["'self'", "'unsafe-inline'"],
          'img-src': ["'self'", 'data:', 'blob:'],
          'connect-src': ["'self'"],
          // Behind a port-forward the page is plain http.
          'upgrade-insecure-requests': null,
        },
      },
      // The proxy in front decides about https; a port-forward has none.
      strictTransportSecurity: false,
    });

    const allowed = new Set([...allowedHosts.map((host) => host.toLowerCase()), ...loopback]);
    const isGuarded = loopbackOnly || allowedHosts.length > 0;
    app.addHook('onRequest', async (request) => {
      const name = nameOf(request.host);
      if (isGuarded && !allowed.has(name) && !isAddress(name))
        throw new HubError('KS_FORBIDDEN', `The hub does not answer to the name ${name}.`);
      // Authelia's cookie comes with every request a browser makes, whoever made it do so.
      const isUpgrade = request.headers.upgrade !== undefined;
      if ((isUpgrade || request.method !== 'GET') && isForeign(request))
        throw new HubError('KS_FORBIDDEN', 'A page of another site may not call the hub.');
    });
  },
  { name: 'security' },
);
