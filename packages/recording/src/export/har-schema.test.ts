/** HAR 1.2 (w3c.github.io/web-performance/specs/HAR, sections 4 and 5) as a schema, and exports held to it. */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CaptureDissection } from '@kubeshark/capture';
import type { Entry } from '@kubeshark/model';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { toHar } from './har.ts';

const pair = z.strictObject({ name: z.string(), value: z.string(), comment: z.string().optional() });
const size = z.number().int().min(-1);
const duration = z.number().min(-1);
const version = z.string().regex(/^HTTP\/(1\.0|1\.1|2|3)$/);

const Har = z.strictObject({
  log: z.strictObject({
    version: z.literal('1.2'),
    creator: z.strictObject({ name: z.string(), version: z.string() }),
    entries: z.array(
      z.strictObject({
        startedDateTime: z.iso.datetime(),
        time: z.number().min(0),
        request: z.strictObject({
          method: z.string().min(1),
          url: z.url(),
          httpVersion: version,
          cookies: z.array(pair),
          headers: z.array(pair),
          queryString: z.array(pair),
          postData: z.strictObject({ mimeType: z.string(), text: z.string() }).optional(),
          headersSize: size,
          bodySize: size,
        }),
        response: z.strictObject({
          status: z.number().int().min(0),
          statusText: z.string(),
          httpVersion: version,
          cookies: z.array(pair),
          headers: z.array(pair),
          content: z.strictObject({
            size: size,
            mimeType: z.string(),
            text: z.string().optional(),
            encoding: z.literal('base64').optional(),
          }),
          redirectURL: z.string(),
          headersSize: size,
          bodySize: size,
        }),
        cache: z.strictObject({}),
        timings: z.strictObject({ send: duration, wait: duration, receive: duration }),
        serverIPAddress: z.string().optional(),
        connection: z.string().optional(),
      }),
    ),
  }),
});

test.each([
  'http/node-shop',
  'http/cut-off-answers',
  'http2/node-streams',
  'graphql/node-graphql',
  'ws/chat',
  'sse/prices',
])('the HAR of %s is one by the format’s own rules', (fixture) => {
  const calls: Entry[] = [];
  const capture = new CaptureDissection({ source: 'file', onCall: (call) => calls.push(call.toEntry()) });
  capture.push(readFileSync(path.resolve(import.meta.dirname, '../../../capture/fixtures', fixture, 'input.pcap')));
  capture.end();
  const har = Har.parse(JSON.parse(toHar(calls)));
  for (const { time, timings } of har.log.entries)
    expect(time).toBeCloseTo(timings.send + timings.wait + timings.receive, 6);
});
