/** An HTTP call as a curl command for a POSIX shell. */

import type { Entry } from '@kubeshark/model';
import { headerOf, headerPairs, httpMethodOf, isHttp } from './headers.ts';

/** Set by curl itself, or describing how the body was sent rather than what it is. */
const OWN_HEADERS = new Set(['content-length', 'transfer-encoding', 'connection', 'accept-encoding']);

/** In single quotes nothing is special but the quote itself. */
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** The address of an HTTP call: as captured, or put together from what is known. */
export function urlOf({ request, dst, connection }: Entry): string {
  if (request?.url !== undefined && /^[a-z]+:\/\//.test(request.url)) return request.url;
  const host = headerOf(request?.headers, 'host') ?? headerOf(request?.headers, ':authority');
  const scheme = connection.tls === undefined ? 'http' : 'https';
  const address = dst.ip.includes(':') ? `[${dst.ip}]:${dst.port}` : `${dst.ip}:${dst.port}`;
  return `${scheme}://${host ?? address}${request?.url ?? request?.path ?? '/'}`;
}

/** The command; null when the entry is not an HTTP request. */
export function toCurl(entry: Entry): string | null {
  const { request } = entry;
  if (request === null || !isHttp(entry)) return null;
  const method = httpMethodOf(entry);
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
