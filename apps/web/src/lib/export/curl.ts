/** An HTTP call as a curl command for a POSIX shell. */

import type { Entry } from '@kubeshark/model';
import { formatAddress } from '../format.ts';
import { headerPairs } from './headers.ts';

/** Set by curl itself, or describing how the body was sent rather than what it is. */
const OWN_HEADERS = new Set(['content-length', 'transfer-encoding', 'connection', 'accept-encoding']);

/** In single quotes nothing is special but the quote itself. */
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** The address of an HTTP call: as captured, or put together from what is known. */
export function urlOf(entry: Entry): string {
  const { request } = entry;
  if (request?.url !== undefined && /^[a-z]+:\/\//.test(request.url)) return request.url;
  const host = headerPairs(request?.headers).find(([name]) => /^(host|:authority)$/i.test(name))?.[1];
  const scheme = entry.connection.tls === undefined ? 'http' : 'https';
  return `${scheme}://${host ?? formatAddress(entry.dst)}${request?.url ?? request?.path ?? '/'}`;
}

/** The command; null when the entry is not an HTTP request. */
export function toCurl(entry: Entry): string | null {
  const { request } = entry;
  if (request === null || !entry.protocols.some((id) => id === 'http' || id === 'http2')) return null;
  const method = request.method ?? entry.method;
  const parts = [`curl ${quote(urlOf(entry))}`];
  const hasBody = request.body !== undefined && request.body.size > 0;
  if (method !== (hasBody ? 'POST' : 'GET')) parts.push(`-X ${quote(method)}`);
  for (const [name, value] of headerPairs(request.headers)) {
    if (!name.startsWith(':') && !OWN_HEADERS.has(name.toLowerCase())) parts.push(`-H ${quote(`${name}: ${value}`)}`);
  }
  if (request.body?.text !== undefined) parts.push(`--data-raw ${quote(request.body.text)}`);
  else if (request.body?.base64 !== undefined) {
    return `base64 -d <<< ${quote(request.body.base64)} | ${[...parts, '--data-binary @-'].join(' \\\n  ')}`;
  }
  return parts.join(' \\\n  ');
}
