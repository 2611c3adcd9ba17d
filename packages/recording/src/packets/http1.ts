/** An HTTP/1 call as bytes (RFC 9112). Bodies stand decoded, so what described their encoding is left out. */

import type { Entry, Message } from '@kubeshark/model';
import { bodyBytes } from '../export/body-bytes.ts';
import { headerPairs, httpMethodOf, httpStatusOf } from '../export/headers.ts';
import type { Payload } from './payload.ts';

const encodingHeaders = new Set(['content-encoding', 'transfer-encoding', 'content-length', 'expect', 'trailer']);
const bodyless = new Set([101, 204, 304]);

export function http1Payload(entry: Entry): Payload {
  const { request, response } = entry;
  return {
    client: request === null ? new Uint8Array(0) : requestBytes(entry, request),
    server: response === null ? new Uint8Array(0) : responseBytes(entry, response),
  };
}

function requestBytes(entry: Entry, request: Message): Uint8Array {
  const body = bodyBytes(request.body);
  const lines = [`${httpMethodOf(entry)} ${targetOf(entry)} HTTP/${versionOf(request)}`, ...fieldLines(request)];
  if (body.length > 0) lines.push(`Content-Length: ${body.length}`);
  return joined(lines, body);
}

function responseBytes(entry: Entry, response: Message): Uint8Array {
  const status = httpStatusOf(entry) ?? 200;
  const body = bodyBytes(response.body);
  const text = typeof response['statusText'] === 'string' ? response['statusText'] : '';
  const lines = [`HTTP/${versionOf(response)} ${status} ${text}`, ...fieldLines(response)];
  const hasBody = !bodyless.has(status) && httpMethodOf(entry) !== 'HEAD';
  if (hasBody) lines.push(`Content-Length: ${body.length}`);
  return joined(lines, hasBody ? body : new Uint8Array(0));
}

/** The request target: path and query, as they were in the URL. */
export function targetOf({ request }: Entry): string {
  const url = request?.url ?? '';
  const afterOrigin = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*(.*)$/i.exec(url)?.[1] ?? url;
  const target = afterOrigin === '' ? (request?.path ?? '/') : afterOrigin;
  return target === '' ? '/' : clean(target).replaceAll(' ', '%20');
}

const versionOf = (message: Message): string => (message['httpVersion'] === '1.0' ? '1.0' : '1.1');

/** No line of a header may end early: the value came from somebody's wire. */
const clean = (text: string): string => text.replace(/[\r\n\0]/g, '');

const fieldLines = (message: Message): string[] =>
  headerPairs(message.headers)
    .filter(([name]) => !encodingHeaders.has(name.toLowerCase()) && !name.startsWith(':'))
    .map(([name, value]) => `${clean(name)}: ${clean(value)}`);

const joined = (lines: readonly string[], body: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body]);
