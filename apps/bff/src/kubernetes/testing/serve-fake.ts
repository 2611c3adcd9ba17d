/** The fake API server as a process of its own, for tests in network namespaces: PORT, and a file of objects by kind. */

import { readFileSync } from 'node:fs';
import { FakeApiServer, type GivenObject } from './fake-api-server.ts';

const [port = '0', file = ''] = process.argv.slice(2);
const fake = await FakeApiServer.start(Number(port));
for (const [plural, objects] of Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Record<string, GivenObject[]>))
  for (const object of objects) fake.set(plural, object);
process.stderr.write('ready\n');
