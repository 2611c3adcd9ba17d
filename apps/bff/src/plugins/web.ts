/** Serves the built browser application; every address that is no file is the application's own route. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import plugin from 'fastify-plugin';
import { HubError } from '../errors.ts';

export interface WebOptions {
  readonly directory: string;
  /** Where browsers find the application: `/`, or what a proxy serves it under. */
  readonly basePath: string;
}

const notBuilt = `<!doctype html><meta charset="utf-8"><title>Kubeshark</title>
<h1>The hub runs; the browser application is not built</h1>
<p>Run <code>npm start</code> (builds and starts everything) or <code>pnpm build</code>, and start the hub again.</p>
<p>The API answers already: <a href="/api/version">/api/version</a>.</p>`;

const isApi = (url: string) => /^\/(api|metrics|healthz|readyz)(\/|\?|$)/.test(url);

export const web = plugin<WebOptions>(
  async (app, { directory, basePath }) => {
    const isBuilt = existsSync(path.join(directory, 'index.html'));
    // Files whose name carries a hash of their content never change; index.html is asked for each time.
    await app.register(fastifyStatic, {
      root: directory,
      suppressWarning: true,
      wildcard: false,
      index: false,
      globIgnore: ['**/*'],
      setHeaders: (reply, file) => {
        const isHashed = path.dirname(file).endsWith('assets');
        reply.header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    });

    app.setNotFoundHandler(async (request, reply) => {
      const isRead = request.method === 'GET' || request.method === 'HEAD';
      if (isApi(request.url) || !isRead)
        throw new HubError('KS_NOT_FOUND', `There is no ${request.method} ${request.url.split('?')[0]}.`);
      if (!isBuilt) return reply.status(503).type('text/html').send(notBuilt);
      const file = decodeURI(new URL(request.url, 'http://hub').pathname);
      if (path.extname(file) !== '' && existsSync(path.join(directory, path.normalize(file))))
        return reply.sendFile(file);
      if (path.dirname(file).startsWith('/assets')) throw new HubError('KS_NOT_FOUND', `There is no ${file}.`);
      const page = await readFile(path.join(directory, 'index.html'), 'utf8');
      return reply
        .type('text/html')
        .header('cache-control', 'no-cache')
        .send(page.replace('<base href="/"', `<base href="${basePath}"`));
    });
  },
  { name: 'web', dependencies: ['problem'] },
);
