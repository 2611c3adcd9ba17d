/**
 * `pnpm new-protocol <id> [Name]`: copies the echo template to packages/capture/src/protocols/<id>, adds a row to the
 * catalogue and the registry, and says what is left to do.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

/** The template's text for another protocol: `EchoCall` becomes `MqttCall`, `echo` becomes `mqtt`. */
export function stamp(template: string, id: string): string {
  const pascal = `${id[0]?.toUpperCase() ?? ''}${id.slice(1)}`;
  const constant = id.toUpperCase();
  return template
    .replace(
      /\/\*\* The example has no row[^\n]*\nexport const ECHO = 'echo' as ProtocolId;/,
      "export const ECHO = 'echo';",
    )
    .replace('{ Micros, ProtocolId }', '{ Micros }')
    .replace('; tested like one, but not registered. */', '. */')
    .replaceAll(/\bECHO\b/g, constant)
    .replaceAll('Echo', pascal)
    .replaceAll('echo', id);
}

/** The descriptor every protocol starts with. */
export function descriptor(id: string, name: string): string {
  return `import { defineProtocol } from '../protocol.ts';

export const ${id} = defineProtocol({
  id: '${id}',
  name: '${name}',
  badge: '${id.toUpperCase().slice(0, 6)}',
  hue: 0,
  transports: ['tcp'],
  ports: [],
  reference: 'https://',
  errors: 'An answer that begins with an exclamation mark, or none.',
  fields: {
    '${id}.id': { type: 'int', doc: 'Number that ties the answer to its request.', example: '${id}.id == 1' },
  },
  sections: [{ title: 'Message', tab: 'request', rows: [{ label: 'Text', path: 'request.text' }] }],
});
`;
}

/** Adds an import in its alphabetical place and a name to the list that begins with `listStart`. */
export function register(
  source: string,
  row: { readonly id: string; readonly from: string; readonly listStart: string },
): string {
  const line = `import { ${row.id} } from '${row.from}';`;
  const lines = source.split('\n');
  const imports = lines.filter((other) => /^import \{ \w+ \} from '\.\/(protocols\/)?\w+/.test(other));
  const next = imports.find((other) => other > line);
  const last = imports.at(-1);
  const at = next === undefined ? lines.indexOf(last ?? '') + 1 : lines.indexOf(next);
  const text = lines.toSpliced(at, 0, line).join('\n');
  const start = text.indexOf(row.listStart);
  const end = text.indexOf(']', start + row.listStart.length);
  const before = text.slice(0, end).trimEnd();
  return `${before}${before.endsWith(',') ? '' : ','} ${row.id}${text.slice(end)}`;
}

function main([id, name = id]: readonly string[]): void {
  const root = path.resolve(import.meta.dirname, '..');
  const template = path.join(root, 'packages/capture/src/protocols/echo');
  if (id === undefined || name === undefined || !/^[a-z][a-z0-9]*$/.test(id)) {
    console.error('usage: pnpm new-protocol <id> [Name]   the id in lower-case letters and digits');
    process.exit(2);
  }
  const folder = path.join(root, `packages/capture/src/protocols/${id}`);
  if (existsSync(folder)) {
    console.error(`${path.relative(root, folder)} is there already`);
    process.exit(1);
  }
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(template)) {
    const text = readFileSync(path.join(template, file), 'utf8');
    writeFileSync(path.join(folder, file.replace('echo', id)), stamp(text, id));
  }
  writeFileSync(path.join(root, `packages/model/src/protocols/${id}.ts`), descriptor(id, name));
  const edit = (file: string, change: (text: string) => string) =>
    writeFileSync(path.join(root, file), change(readFileSync(path.join(root, file), 'utf8')));
  edit('packages/model/src/catalogue.ts', (text) =>
    register(text, { id, from: `./protocols/${id}.ts`, listStart: 'const rows = [' }),
  );
  edit('packages/capture/src/protocols/registry.ts', (text) =>
    register(text, { id, from: `./${id}/index.ts`, listStart: 'dissectors: readonly Dissector[] = [' }),
  );
  console.log(`packages/capture/src/protocols/${id}: wire.ts, session.ts, describe.ts and their tests, as echo has them
packages/model/src/protocols/${id}.ts: hue, ports, reference, fields
left to do: pnpm fix; write the protocol; record fixtures in packages/capture/fixtures/${id} and run
  UPDATE_GOLDEN=1 pnpm unit contract`);
}

if (import.meta.main) main(process.argv.slice(2));
