/** A HAR file as calls (w3c.github.io/web-performance/specs/HAR): what a browser saw, with what it does not say left empty. */

import { endpointOf, parseQuery } from '@kubeshark/capture';
import type { Body, Entry, Headers } from '@kubeshark/model';
import { z } from 'zod';
import { RecordingError } from '../format/recording-error.ts';

/** The whole file is one JSON text, which must be in memory to be read; browsers write tens of megabytes. */
export const MAX_HAR_BYTES = 256 * 1024 * 1024;
/** Low bits of the ids: no agent has the highest number unless 4,095 others have the rest. */
const AGENT_NUMBER = 4095n;

const Pair = z.object({ name: z.string(), value: z.string() });
const millis = z.number().catch(0);

/** Only what is used, and lenient: every tool leaves out or adds something. */
const HarCall = z.object({
  startedDateTime: z.string(),
  time: millis,
  request: z.object({
    method: z.string(),
    url: z.string(),
    httpVersion: z.string().catch(''),
    headers: z.array(Pair).catch([]),
    bodySize: z.number().catch(-1),
    postData: z
      .object({ mimeType: z.string().catch(''), text: z.string().optional() })
      .optional()
      .catch(undefined),
  }),
  response: z.object({
    status: z.number().catch(0),
    statusText: z.string().catch(''),
    headers: z.array(Pair).catch([]),
    bodySize: z.number().catch(-1),
    content: z
      .object({
        size: z.number().catch(0),
        mimeType: z.string().catch(''),
        text: z.string().optional(),
        encoding: z.string().optional(),
      })
      .catch({ size: 0, mimeType: '' }),
  }),
  timings: z.object({ wait: millis, receive: millis }).catch({ wait: 0, receive: 0 }),
  serverIPAddress: z.string().optional().catch(undefined),
  connection: z.string().optional().catch(undefined),
});
type HarCall = z.infer<typeof HarCall>;
const Har = z.object({ log: z.object({ entries: z.array(z.unknown()) }) });

/** The calls in the order they ended. Throws a RecordingError that says which one is wrong. */
export function harEntries(text: string): Entry[] {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new RecordingError('damaged', 'the HAR file is not JSON, or is cut', { cause: error });
  }
  const har = Har.safeParse(value);
  if (!har.success) throw new RecordingError('foreign', 'this JSON is no HAR file: it has no log.entries');
  let last = 0n;
  return har.data.log.entries
    .map((item, index) => timed(item, index))
    .toSorted((a, b) => a.ended - b.ended)
    .map(({ call, started, ended }) => {
      const micros = BigInt(Math.max(0, Math.round(ended)));
      last = micros > last ? micros : last + 1n;
      return entryOf(call, started, String((last << 12n) | AGENT_NUMBER));
    });
}

function timed(item: unknown, index: number) {
  const parsed = HarCall.safeParse(item);
  const started = parsed.success ? Date.parse(parsed.data.startedDateTime) * 1000 : Number.NaN;
  if (!parsed.success || !Number.isFinite(started) || URL.parse(parsed.data.request.url) === null) {
    const place = parsed.success ? 'its time or address' : parsed.error.issues[0]?.path.join('.');
    throw new RecordingError('damaged', `call ${index + 1} of the HAR file is wrong at ${place}`);
  }
  return { call: parsed.data, started, ended: started + Math.max(0, parsed.data.time) * 1000 };
}

function entryOf(call: HarCall, timestamp: number, id: string): Entry {
  const { request, response, timings, time } = call;
  const url = new URL(request.url);
  const isTls = url.protocol === 'https:' || url.protocol === 'wss:';
  // A status of 0 is how browsers write that nothing came back.
  const isAnswered = response.status > 0;
  const target = `${url.pathname}${url.search}`;
  const version = /(\d(?:\.\d)?)/.exec(request.httpVersion.replace('h', ''))?.[1] ?? '1.1';
  const isHttp2 = version.startsWith('2');
  const latency = isAnswered ? Math.max(0, time) : null;
  const status = isAnswered ? response.status : null;
  const failed = !isAnswered || response.status >= 400;
  return {
    id,
    timestamp,
    node: 'har',
    protocol: isHttp2 ? 'http2' : 'http',
    protocols: isHttp2 ? ['http2', 'http'] : ['http'],
    src: { ip: '0.0.0.0', port: 0, name: 'browser' },
    dst: {
      ip: call.serverIPAddress?.replace(/^\[|\]$/g, '') || '0.0.0.0',
      port: Number(url.port) || (isTls ? 443 : 80),
      name: url.hostname,
    },
    request: {
      size: Math.max(0, request.bodySize),
      method: request.method,
      path: url.pathname,
      url: request.url,
      ...(url.search.length > 1 && { query: parseQuery(url.search.slice(1)) }),
      host: url.hostname,
      httpVersion: isHttp2 ? '2' : version,
      headers: headersOf(request.headers),
      ...(request.postData?.text !== undefined && { body: textBody(request.postData.text, request.postData.mimeType) }),
    },
    response: isAnswered
      ? {
          size: Math.max(0, response.bodySize),
          status: response.status,
          ...(response.statusText !== '' && { statusText: response.statusText }),
          httpVersion: isHttp2 ? '2' : version,
          headers: headersOf(response.headers),
          ...(latency !== null && { latency }),
          ...(response.content.size > 0 && { body: contentBody(response.content) }),
        }
      : null,
    method: request.method,
    endpoint: endpointOf(request.method, target),
    summary: `${request.method} ${target}`,
    status,
    error: failed,
    ...(failed && { errorText: isAnswered ? `HTTP ${response.status} ${response.statusText}`.trim() : 'no response' }),
    latency,
    connection: {
      // Without a name every call is its own: nothing says that one waited for another.
      id: `har-${call.connection ?? id}`,
      transport: 'tcp',
      index: 0,
      ...(isTls && { tls: { decrypted: true, sni: url.hostname } }),
      ...(timings.wait > 0 && { firstByteMillis: timings.wait }),
      ...(timings.receive > 0 && { transferMillis: timings.receive }),
    },
    capture: { source: 'har' },
  };
}

function headersOf(pairs: readonly z.infer<typeof Pair>[]): Headers {
  const headers = new Map<string, string | string[]>();
  for (const { name, value } of pairs) {
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value]);
  }
  return Object.fromEntries(headers);
}

const mimeOf = (text: string): string => text.split(';')[0]?.trim().toLowerCase() ?? '';

const textBody = (text: string, mimeType: string): Body => ({
  size: Buffer.byteLength(text),
  ...(mimeOf(mimeType) !== '' && { mime: mimeOf(mimeType) }),
  text,
});

function contentBody({ size, mimeType, text, encoding }: HarCall['response']['content']): Body {
  const mime = mimeOf(mimeType);
  const head = { size, ...(mime !== '' && { mime }) };
  if (text === undefined) return { ...head, truncated: true };
  return encoding === 'base64' ? { ...head, base64: text } : { ...head, text };
}
