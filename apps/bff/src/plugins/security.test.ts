import { expect, test } from 'vitest';
import { startHub } from '../testing/hub.ts';

test.each([
  ['the address itself', { host: '127.0.0.1:8899' }, 200],
  ['localhost', { host: 'localhost' }, 200],
  ['a name that somebody pointed here', { host: 'evil.example' }, 403],
])('a hub on loopback asked by %s answers accordingly', async (_name, headers, status) => {
  const { app } = await startHub();
  expect((await app.inject({ url: '/api/version', headers })).statusCode).toBe(status);
});

test('a page of another site cannot change anything, its own page can', async () => {
  const { app } = await startHub();
  const save = (origin: string) =>
    app.inject({
      method: 'PUT',
      url: '/api/queries/mine',
      headers: { host: 'localhost:8899', origin },
      payload: { name: 'Mine', query: 'http' },
    });
  expect((await save('https://evil.example')).json()).toMatchObject({ code: 'KS_FORBIDDEN' });
  expect((await save('http://localhost:8899')).statusCode).toBe(200);
});

test('a browser may run only the hub’s own scripts, in no frame', async () => {
  const { app } = await startHub();
  const { headers } = await app.inject({ url: '/api/version', headers: { host: 'localhost' } });
  const policy = String(headers['content-security-policy']);
  expect(policy).toContain("script-src 'self';");
  expect(policy).toContain("frame-ancestors 'self'");
  expect(policy).not.toContain('upgrade-insecure-requests');
});
