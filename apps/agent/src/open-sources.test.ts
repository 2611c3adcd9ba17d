import { expect, test } from 'vitest';
import { hubListeners } from './open-sources.ts';

test.each([
  ['http://127.0.0.1:8899', [{ address: '127.0.0.1', port: 8899 }]],
  ['http://192.0.2.1', [{ address: '192.0.2.1', port: 80 }]],
  ['https://[::1]', [{ address: '::1', port: 443 }]],
  ['http://nobody.invalid', []],
])('the hub at %s listens there', async (url, listeners) => {
  expect(await hubListeners(url)).toEqual(listeners);
});
