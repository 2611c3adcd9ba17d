/** A call as Markdown, for an issue or a chat. */

import type { Entry, Message } from '@kubeshark/model';
import { headerPairs } from '@kubeshark/recording/headers';
import { formatAddress, formatInstant, formatMillis } from '../format.ts';

/** Longer bodies are cut: nobody reads a megabyte in an issue. */
const MAX_BODY = 4000;

/** A fence longer than any run of backticks inside. */
function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}

function half(title: string, message: Message | null): string[] {
  if (message === null) return [`**${title}**: not seen`];
  const lines = headerPairs(message.headers).map(([name, value]) => `${name}: ${value}`);
  const text = message.body?.text;
  const body = text === undefined ? [] : ['', text.length > MAX_BODY ? `${text.slice(0, MAX_BODY)}\n…` : text];
  if (lines.length + body.length === 0) return [];
  return [`**${title}**`, '', fenced([...lines, ...body].join('\n'), 'http')];
}

export function toMarkdown(entry: Entry): string {
  const name = ({ name: known, ip, port }: Entry['src']) =>
    known === undefined ? formatAddress({ ip, port }) : `${known} (${formatAddress({ ip, port })})`;
  return [
    `### ${entry.summary}`,
    '',
    `| | |`,
    `|---|---|`,
    `| Protocol | ${entry.protocol} |`,
    `| Status | ${entry.status ?? '–'}${entry.errorText === undefined ? '' : ` (${entry.errorText})`} |`,
    `| Latency | ${formatMillis(entry.latency)} |`,
    `| From | ${name(entry.src)} |`,
    `| To | ${name(entry.dst)} |`,
    `| Time | ${formatInstant(entry.timestamp)} |`,
    '',
    ...half('Request', entry.request),
    '',
    ...half('Response', entry.response),
    '',
  ].join('\n');
}
