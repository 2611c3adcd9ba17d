import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { ADMIN, ADMIN_PASSWORD, BASE, startLdap } from '../../../fixtures/ldap/server.ts';
import { hasProgram } from '../../../fixtures/private-server.ts';
import { dissectAll } from '../../dissect/testing/conversation.ts';
import { Relay } from '../../dissect/testing/relay.ts';
import { ldap } from './index.ts';

/** A loaded machine starts a server in seconds. */
const PATIENCE = 120_000;

test.skipIf(!hasProgram('/usr/sbin/slapd') || !hasProgram('ldapsearch'))(
  'a real OpenLDAP server (slapd) and its client are understood',
  async () => {
    const server = await startLdap();
    onTestFinished(() => server[Symbol.asyncDispose]());
    const relay = await Relay.to(server.port);
    const search = ['-x', '-D', ADMIN, '-w', ADMIN_PASSWORD, '-b', BASE, '(uid=*)', 'mail'];
    const child = spawn('ldapsearch', ['-H', `ldap://127.0.0.1:${relay.port}`, ...search], { stdio: 'ignore' });
    await once(child, 'exit');
    await relay.close();
    const found = dissectAll(ldap, relay.conversations[0] ?? [], { serverPort: server.port });
    expect(found.map(({ method, status, error }) => [method, status, error])).toEqual([
      ['bind', 0, false],
      ['search', 0, false],
      ['unbind', null, false],
    ]);
    expect(found[1]?.data?.['ldap']).toMatchObject({ entries: 3, filter: '(uid=*)' });
    expect(JSON.stringify(found)).not.toContain(ADMIN_PASSWORD);
  },
  PATIENCE,
);
