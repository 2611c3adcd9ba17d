/** `kubeshark export`: calls of a hub or a file in another form. */

import { recordingEndpoints } from '@kubeshark/contract/recordings';
import type { Entry } from '@kubeshark/model';
import {
  type ExportFormat,
  type ExportReport,
  exportEntries,
  exportFormats,
  holdsPackets,
  isExportFormat,
  keptInFile,
} from '@kubeshark/recording';
import { type Command, Option } from 'commander';
import { callsOfFile, packetsOfFile } from '../calls-file.ts';
import { Failure } from '../failure.ts';
import { requireHub } from '../find-hub.ts';
import { download } from '../hub-client.ts';
import { hubOption, namespaceOption } from '../options.ts';
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
  readonly hub?: string;
  readonly rebuilt?: boolean;
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
  const { output, since, until, read, keys, rebuilt } = options;
  if (read !== undefined) {
    const inTime = (timestamp: number) => timestamp >= (since ?? 0) && timestamp < (until ?? Number.POSITIVE_INFINITY);
    const matching = (entry: Entry) => inTime(entry.timestamp) && predicate(entry);
    const calls = (isSaid: boolean) => callsOfFile({ path: read, keyFile: keys, predicate: matching, isSaid });
    // Standard input is read once, and calls are looked through before their packets.
    const isRaw = holdsPackets(format) && !rebuilt && read !== '-';
    const kept = isRaw ? { packets: keptInFile(() => packetsOfFile(read)), again: () => calls(false) } : undefined;
    const report: ExportReport = { entries: 0, left: {} };
    const bytes = exportEntries(format, calls(isRaw), { report, kept });
    const written = await saveFile({ path: output, bytes });
    const left = Object.entries(report.left).map(([what, count]) => `${count} ${what}`);
    const without = left.length === 0 ? '' : `; without a place in ${format}: ${left.join(', ')}`;
    say(output, `${report.entries} calls, ${bytesText(written)}${without}`);
    return;
  }
  const { url: hub } = await requireHub(options.hub);
  const packets = rebuilt ? 'rebuilt' : 'captured';
  const file = await download(hub, recordingEndpoints.export, { query: { format, q: query, since, until, packets } });
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
    .option(
      '--rebuilt',
      'packets made again from the calls, without what is redacted, though those of the wire are kept',
    )
    .addOption(hubOption())
    .addHelpText(
      'after',
      `
Formats:
${formatsHelp}

Packets are those of the wire where a node or the file has them and you may see them, else rebuilt from the calls; a pcapng
says so in its first comment. Packets of the wire are those of whole connections, and nothing in them is redacted.

Examples:
  kubeshark export --format pcap -o traffic.pcap
  kubeshark export --since 1h -n shop -o failed.har 'http and response.status >= 500'
  kubeshark export -r traffic.tar --format openapi -o api.json`,
    )
    .action(exportCalls);
}
