/** Writes docs/protocols.md, what each protocol shows, from the catalogue and the list of those that are read. */

import { writeFileSync } from 'node:fs';
import { dissectors } from '@kubeshark/capture';
import { type ProtocolDescriptor, protocols, type Section } from '@kubeshark/model';

const file = new URL('../docs/protocols.md', import.meta.url);

/** Read inside another protocol: their folder has no dissector of its own. */
const refined = new Set(['grpc', 'graphql', 'sse']);
/** What is left of a stream that nothing else reads. */
const fallbacks = new Set(['tcp', 'udp', 'sctp']);

const introduction = `# Protocols

<!-- Written by scripts/docs-protocols.ts from the catalogue; \`node scripts/docs-protocols.ts\` after changing it. -->

What is read, how it is recognised and what is shown of it. A protocol is recognised by what both sides say; ports only order
the asking, so a database on another port is found, and a web server on port 6379 is not taken for Redis. What is not
recognised is shown as a connection with its bytes and the reason.

Fields for queries are in [kfl.md](kfl.md); limits, pairing and quirks in the README of each folder.
`;

const tabNames: Readonly<Record<Section['tab'], string>> = {
  request: 'Request',
  response: 'Response',
  connection: 'Connection',
};

function sectionsOf({ sections }: ProtocolDescriptor): string {
  return sections
    .map(({ title, tab, rows }) => `- ${tabNames[tab]}, _${title}_: ${rows.map(({ label }) => label).join(', ')}`)
    .join('\n');
}

function describe(descriptor: ProtocolDescriptor): string {
  const { id, name, badge, aliases = [], transports, ports, reference, errors } = descriptor;
  const facts = [
    `| in the list | in a query | transport | usual ports | specification |`,
    `| --- | --- | --- | --- | --- |`,
    `| ${[
      badge,
      [id, ...aliases].map((word) => `\`${word}\``).join(' '),
      transports.join(', '),
      ports.join(', ') || '–',
      `<${reference}>`,
    ].join(' | ')} |`,
  ];
  const folder = `../packages/capture/src/protocols/${id}/README.md`;
  const more = fallbacks.has(id) ? [] : [`[How it is read](${folder}).`];
  const sections = sectionsOf(descriptor);
  return [
    `## ${name}`,
    '',
    ...facts,
    '',
    [`Errors: ${errors}`, ...more].join(' '),
    ...(sections === '' ? [] : ['', sections]),
    '',
  ].join('\n');
}

/** The whole page. */
export function protocolReference(): string {
  const read = new Set<string>([...dissectors.map(({ id }) => id), ...refined, ...fallbacks]);
  const missing = protocols.filter(({ id }) => !read.has(id));
  const rest =
    missing.length === 0 ? [] : [`Known by name and not read yet: ${missing.map(({ name }) => name).join(', ')}.\n`];
  return [introduction, ...protocols.filter(({ id }) => read.has(id)).map(describe), ...rest].join('\n');
}

if (import.meta.main) writeFileSync(file, protocolReference());
