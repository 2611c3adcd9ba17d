/** `kubeshark export`: calls of a hub or a file in another form. */

import { recordingEndpoints } from '@kubeshark/contract/recordings';
import {
  type ExportFormat,
  type ExportReport,
  exportEntries,
  exportFormats,
  isExportFormat,
} from '@kubeshark/recording';
import { type Command, Option } from 'commander';
import { callsOfFile } from '../calls-file.ts';
import { DEFAULT_HUB } from '../default-hub.ts';
import { Failure } from '../failure.ts';
import { download } from '../hub-client.ts';
import { namespaceOption } from '../options.ts';
import { bytesText } from '../output/progress.ts';
import { saveFile } from '../output/save.ts';
import { compileQuery, inNamespaces } from '../query.ts';
import { readTime } from '../time.ts';

interface ExportOptions {
  readonly format?: string;
  readonly output: string;
  readonly since?: number;
  readonly until?: number;
  readonly namespace: readonly string[];
  readonly read?: string;
  readonly keys?: string;
  readonly hub: string;
}

/** The format that was asked for, else the one the file's name ends with. */
function formatOf({ format, output }: ExportOptions): ExportFormat {
  const name = format ?? /\.([a-z]+)$/.exec(output)?.[1] ?? '';
  const wanted = format === undefined && name === 'sh' ? 'curl' : name;
  if (isExportFormat(wanted)) return wanted;
  throw new Failure('usage', `Say which format: --format ${Object.keys(exportFormats).join('|')}.`);
}

async function exportCalls(words: readonly string[], options: ExportOptions): Promise<void> {
  const format = formatOf(options);
  const query = inNamespaces(words.join(' '), options.namespace);
  const { predicate } = compileQuery(query);
  const { output, since, until, read, keys, hub } = options;
  if (read !== undefined) {
    const inTime = (timestamp: number) => timestamp >= (since ?? 0) && timestamp < (until ?? Number.POSITIVE_INFINITY);
    const calls = callsOfFile({
      path: read,
      keyFile: keys,
      predicate: (entry) => inTime(entry.timestamp) && predicate(entry),
    });
    const report: ExportReport = { entries: 0, left: {} };
    const written = await saveFile({ path: output, bytes: exportEntries(format, calls, report) });
    const left = Object.entries(report.left).map(([what, count]) => `${count} ${what}`);
    const without = left.length === 0 ? '' : `; without a place in ${format}: ${left.join(', ')}`;
    say(output, `${report.entries} calls, ${bytesText(written)}${without}`);
    return;
  }
  const file = await download(hub, recordingEndpoints.export, { query: { format, q: query, since, until } });
  say(output, bytesText(await saveFile({ path: output, ...file })));
}

const say = (output: string, what: string): void => {
  process.stderr.write(`${output === '-' ? 'Exported' : `Wrote ${output}`}: ${what}.\n`);
};

const formatsHelp = Object.entries(exportFormats)
  .map(([name, { doc }]) => `  ${name.padEnd(8)}  ${doc}`)
  .join('\n');

export function exportCommand(program: Command): void {
  program
    .command('export')
    .description('write calls of a hub or a file in another form')
    .argument('[query...]', 'KFL query: http and response.status >= 500')
    .addOption(
      new Option('-f, --format <format>', 'the form; without it the end of the file name says').choices(
        Object.keys(exportFormats),
      ),
    )
    .requiredOption('-o, --output <file>', 'where to; - is standard output')
    .option('--since <time>', '15m, 2h, 7d or 2026-11-23T10:00:00Z', readTime)
    .option('--until <time>', 'the same', readTime)
    .addOption(namespaceOption())
    .option('-r, --read <file>', 'export from a recording, capture or HAR file instead; - is standard input')
    .option('--keys <file>', 'TLS key log (SSLKEYLOGFILE) or RSA private key to read the capture with')
    .option('--hub <url>', 'the hub to ask', DEFAULT_HUB)
    .addHelpText(
      'after',
      `
Formats:
${formatsHelp}

Packets are those of the wire where they were kept, else rebuilt from the calls; a pcapng says so in its first comment.

Examples:
  kubeshark export --format pcap -o traffic.pcap
  kubeshark export --since 1h -n shop -o failed.har 'http and response.status >= 500'
  kubeshark export -r traffic.tar --format openapi -o api.json`,
    )
    .action(exportCalls);
}
