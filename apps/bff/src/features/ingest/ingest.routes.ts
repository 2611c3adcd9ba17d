/** `/api/agent`: the WebSocket agents ship their entries over. */

import { MAX_FRAME_BYTES } from '@kubeshark/contract';
import type { FastifyPluginAsync } from 'fastify';
import type { AgentRegistry } from '../../ingest/agent-registry.ts';
import type { Ingest } from '../../ingest/ingest.ts';
import { AgentLink } from './agent-link.ts';

export interface IngestRoutesOptions {
  readonly agents: AgentRegistry;
  readonly ingest: Ingest;
  readonly token: string | undefined;
}

/** Several times the longest health message. */
const MAX_TEXT_BYTES = 1024 * 1024;

export const ingestRoutes: FastifyPluginAsync<IngestRoutesOptions> = async (app, { agents, ingest, token }) => {
  const links = new Set<AgentLink>();

  app.get('/api/agent', { websocket: true, schema: { hide: true } }, (socket, request) => {
    const link = new AgentLink({ socket, agents, ingest, token, nowMicros: () => Date.now() * 1000 });
    links.add(link);
    socket.on('message', (data, isBinary) => {
      const bytes = data as Buffer;
      if (isBinary && bytes.length <= MAX_FRAME_BYTES) link.frame(bytes);
      else if (!isBinary && bytes.length <= MAX_TEXT_BYTES) link.text(bytes.toString());
      else socket.close(1009);
    });
    socket.on('close', () => {
      link.close();
      links.delete(link);
    });
    socket.on('error', (error) => request.log.warn({ err: error }, 'agent link failed'));
  });

  // What has arrived is stored and acknowledged before the sockets close; the rest the agent sends again.
  app.addHook('preClose', async () => {
    await Promise.all([...links].map((link) => link.settle()));
  });
};
