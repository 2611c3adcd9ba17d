import { expect, test } from 'vitest';
import { ownTraffic } from './open-sources.ts';

test.each([
  ['http://127.0.0.1:8899', 'not (host 127.0.0.1 and tcp port 8899)'],
  ['http://kubeshark-front', 'not (host kubeshark-front and tcp port 80)'],
  ['https://[::1]', 'not (host ::1 and tcp port 443)'],
])('traffic with the hub at %s is left out', (url, filter) => {
  expect(ownTraffic(url)).toBe(filter);
});
