/** HTTP calls as HAR 1.2 (w3c.github.io/web-performance/specs/HAR). */

import type { Body, Entry } from '@kubeshark/model';
import { urlOf } from './curl.ts';
import { headerOf, headerPairs, httpMethodOf, httpStatusOf, isHttp } from './headers.ts';

const UNKNOWN = -1;

const pairs = (headers: Parameters<typeof headerPairs>[0]) =>
  headerPairs(headers).map(([name, value]) => ({ name, value }));

const content = (body: Body | undefined) => ({
  size: body?.decodedSize ?? body?.size ?? 0,
  mimeType: body?.mime ?? '',
  ...(body?.text !== undefined && { text: body.text }),
  ...(body?.base64 !== undefined && { text: body.base64, encoding: 'base64' }),
});

const HTTP_VERSION: Readonly<Record<string, string>> = { '1.0': 'HTTP/1.0', '1.1': 'HTTP/1.1', '2': 'HTTP/2' };

/** One call; what is not HTTP has no place in a HAR. */
export function harEntry(entry: Entry) {
  const { request, response, connection } = entry;
  const url = urlOf(entry);
  const version = HTTP_VERSION[request?.['httpVersion'] as string] ?? 'HTTP/1.1';
  const query = URL.canParse(url) ? [...new URL(url).searchParams].map(([name, value]) => ({ name, value })) : [];
  const receive = connection.transferMillis ?? 0;
  const wait = connection.firstByteMillis ?? Math.max(0, (entry.latency ?? 0) - receive);
  const send = Math.max(0, (entry.latency ?? 0) - wait - receive);
  return {
    startedDateTime: new Date(entry.timestamp / 1000).toISOString(),
    time: send + wait + receive,
    request: {
      method: httpMethodOf(entry),
      url,
      httpVersion: version,
      cookies: [],
      headers: pairs(request?.headers),
      queryString: query,
      headersSize: UNKNOWN,
      bodySize: request?.body?.size ?? 0,
      ...(request?.body !== undefined &&
        request.body.size > 0 && {
          postData: { mimeType: request.body.mime ?? '', text: request.body.text ?? request.body.base64 ?? '' },
        }),
    },
    response: {
      status: httpStatusOf(entry) ?? 0,
      statusText: (response?.['statusText'] as string | undefined) ?? '',
      httpVersion: version,
      cookies: [],
      headers: pairs(response?.headers),
      content: content(response?.body),
      redirectURL: headerOf(response?.headers, 'location') ?? '',
      headersSize: UNKNOWN,
      bodySize: response?.body?.size ?? 0,
    },
    cache: {},
    timings: { send, wait, receive },
    serverIPAddress: entry.dst.ip,
    connection: connection.id,
  };
}

const creator = { name: 'Kubeshark', version: '0.1.0' };

/** What stands before and after the calls of a log, whose commas are the writer's. */
export const harFrame = {
  begin: `{"log":{"version":"1.2","creator":${JSON.stringify(creator)},"entries":[`,
  end: ']}}\n',
};

/** A HAR log of the entries that are HTTP, as text. */
export function toHar(entries: readonly Entry[]): string {
  const log = { version: '1.2', creator, entries: entries.filter(isHttp).map(harEntry) };
  return JSON.stringify({ log }, null, 2);
}
