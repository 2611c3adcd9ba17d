/** Writes docs/kfl.md, the reference of the query language, from the tables the language itself is made of. */

import { writeFileSync } from 'node:fs';
import { aggregates, diagnosticCatalogue, type FieldSpec, functions, operators, stageDocs } from '@kubeshark/kfl';
import { kflSchema, protocols } from '@kubeshark/model';

const file = new URL('../docs/kfl.md', import.meta.url);

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const code = (text: string) =>
  text === '' ? '' : text.includes('`') ? `\`\` ${cell(text)} \`\`` : `\`${cell(text)}\``;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const introduction = `# KFL: the Kubeshark Filter Language

<!-- Written by scripts/docs-kfl.ts from the language's own tables; \`node scripts/docs-kfl.ts\` after changing them. -->

A query is a condition, and after it, if you like, stages that count, chart and sort. The same query filters the live list, the
history, recordings, alerts and files; it means the same everywhere.

\`\`\`kfl
http
http and response.status >= 500
src.name == "frontend" and dst.name == "backend"
request.headers["Authorization"] exists
redis.command == "GET" and redis.response == null
postgres and response.latency > 500
request.path contains "/admin" or request.body contains "DROP TABLE"
http | stats p95(response.latency), errorRate(), count() by dst.name, endpoint | sort -p95 | limit 20
\`\`\`

Queries written for KFL v1 and KFL v2 (CEL) are read as they are: \`&&\`, \`||\`, \`!\`, \`=\`, \`has(x)\`, \`x.contains("a")\`, \`r"…"\`,
\`status_code\`, \`elapsedTime\`, \`map_get(…)\`, \`x.exists(v, …)\`, \`c ? a : b\`. \`kubeshark kfl check\` prints any of them in the spelling of
this page.

\`\`\`kfl
http && status_code >= 500 && path.contains("/api")
request.path == r"^/api/v[0-9]+/" and elapsedTime > 100
has(request.headers) && size(dns_questions) > 1
\`\`\`

## What things mean

- **Missing is not an error.** A field that an entry does not have is \`null\`. \`x == null\` is true when it is missing, \`x exists\` when it is
  there, even when empty or false. Every other comparison with a missing value is false; \`a != b\` is exactly \`not (a == b)\`.
- **Truth.** \`null\`, \`false\`, 0 and what is empty are false; all else is true. So \`not request.headers["Authorization"]\` finds requests
  without the header and those with an empty one.
- **\`not\` binds looser than a comparison and tighter than \`and\`; \`and\` binds tighter than \`or\`.**
- **Numbers and text.** Whole numbers and fractions compare as numbers, exactly, however large. A text that is a whole number compares with a
  number as that number (headers). Nothing else is converted; across types a comparison is false.
- **Text** compares by code point and case counts. Names of headers, protocols, methods and commands have no case.
- **Lists** compare by their elements: \`dns.questions == "a.b"\` is true when any is. \`contains\` asks a list for an element, a map for a
  key, a text for a part; \`in\` is its mirror. A repeated header is several texts: any of them may satisfy.
- **Durations and sizes** carry units: \`500ms\`, \`2s\`, \`1h30m\`, \`10KB\` (1,000), \`1MiB\` (1,048,576). A duration compares with any field of
  time in that field's unit; a plain number is in the field's own.
- **Time** is written \`2026-11-23T10:00:00Z\` or counted from \`now()\`. \`now()\` is fixed when a query is asked; in live streams it is the
  arrival of the entry.
- **Bodies** compare as text, after their encodings were undone; bodies that are no text have only a size. \`.json()\` and \`.xml()\` look
  inside. \`request.body.size\` is the size on the wire, also when less was kept.
- **Patterns** of \`matches\` are RE2: they run in linear time, without look-around and back-references. \`like\` knows \`*\` and \`?\`.
- **A misspelt field is a warning** with the nearest names, and the path is read from the entry as it stands.

\`\`\`kfl
response.latency > 1s and request.body.size > 10KB
timestamp > now() - 15m and src.ip in "10.0.0.0/8"
response.status in 400..499 or response.status in [502, 503]
request.body.json().items[0].sku == "A-7" or request.body.json()..sku == "A-7"
response.body.xml().order.customer["@id"] == 7
dns.questions.exists(q, q endsWith ".internal")
request.path like "/api/*/orders" and request.path matches "^/api/v\\\\d+/"
\`\`\`

Limits: ${(16_384).toLocaleString('en')} characters, 100 levels of nesting, 1,000 terms.
`;

const spellingsOf = (op: string) =>
  [...operators].filter(([, row]) => row.op === op && row.negated !== true).map(([name]) => name);

function operatorSection(): string {
  const seen = new Set<string>();
  const rows = [...operators.values()].flatMap((row) => {
    if (row.negated || seen.has(row.op)) return [];
    seen.add(row.op);
    const others = spellingsOf(row.op).filter((name) => name !== row.op.toLowerCase());
    return [[code(row.op), cell(row.doc), others.map(code).join(' ')]];
  });
  const extra = [
    ['`exists`', 'The value is there.', '`has(x)`'],
    ['`not`', 'The opposite; also `not in`, `not contains`, …', '`!`'],
    ['`and`', 'Both.', '`&&`'],
    ['`or`', 'One or both.', '`||`'.replaceAll('|', '\\|')],
  ];
  return `## Operators\n\n${table(['operator', 'meaning', 'also written'], [...rows, ...extra])}\n`;
}

function functionSection(): string {
  const rows = functions.map(({ signature, doc, example, aliases = [] }) => [
    code(signature),
    cell(doc) + (aliases.length > 0 ? ` Also ${aliases.map(code).join(', ')}.` : ''),
    code(example),
  ]);
  return `## Functions

\`f(a, b)\` and \`a.f(b)\` are the same call. Lists and maps also have \`x.exists(v, CONDITION)\`, \`x.all(v, CONDITION)\`,
\`x.filter(v, CONDITION)\` and \`x.map(v, VALUE)\`.

${table(['function', 'meaning', 'example'], rows)}
`;
}

function stageSection(): string {
  const stages = Object.values(stageDocs).map(({ usage, doc, example }) => [code(usage), cell(doc), code(example)]);
  const rows = [...aggregates.values()].map(({ signature, doc, example }) => [
    code(signature),
    cell(doc),
    code(example),
  ]);
  return `## Stages

After \`count\`, \`stats\`, \`top\`, \`timechart\`, \`fields\` and \`distinct\` only their columns are left; an aggregate's column is called like
it, or by \`as\`.

${table(['stage', 'meaning', 'example'], stages)}

${table(['aggregate', 'meaning', 'example'], rows)}
`;
}

const aliasNames = ({ aliases = [] }: FieldSpec) =>
  aliases.map((alias) => (typeof alias === 'string' ? alias : `${alias.name} (${alias.unit})`));

const fieldRow = ([name, spec]: readonly [string, FieldSpec]): readonly string[] => [
  code(name),
  spec.unit === undefined ? spec.type : `${spec.type}, ${spec.unit}`,
  cell(spec.doc),
  code(spec.example ?? ''),
  aliasNames(spec).map(code).join(' '),
];

function fieldSection(): string {
  const head = ['field', 'type', 'meaning', 'example', 'also written'];
  const entries = Object.entries(kflSchema.fields);
  const common = entries.filter(([, spec]) => spec.protocols === undefined);
  const flags = protocols.map(({ id, name, aliases = [], errors }) => [
    [id, ...aliases].map(code).join(' '),
    cell(name),
    cell(errors),
  ]);
  const own = protocols.flatMap(({ id, name }) => {
    const rows = entries.filter(([, spec]) => spec.protocols?.includes(id));
    return rows.length === 0 ? [] : [`### ${name}\n\n${table(head, rows.map(fieldRow))}\n`];
  });
  return `## Protocols

The name of a protocol is a condition. An entry may carry several: a GraphQL call over HTTP/2 is \`graphql\`, \`http2\` and \`http\`.

${table(['condition', 'protocol', 'what counts as an error'], flags)}

## Fields of every entry

${table(head, common.map(fieldRow))}

## Fields by protocol

${own.join('\n')}`;
}

function diagnosticSection(): string {
  const rows = Object.entries(diagnosticCatalogue).map(([name, { severity, title, example, fix }]) => [
    name,
    severity,
    cell(title),
    code(example),
    cell(fix),
  ]);
  return `## Findings\n\n${table(['code', 'kind', 'what', 'example', 'what to do'], rows)}\n`;
}

/** The whole page. */
export function kflReference(): string {
  return [introduction, operatorSection(), functionSection(), stageSection(), fieldSection(), diagnosticSection()].join(
    '\n',
  );
}

if (import.meta.main) writeFileSync(file, kflReference());
