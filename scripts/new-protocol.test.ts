import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { descriptor, register, stamp } from './new-protocol.ts';

const read = (file: string) => readFileSync(path.resolve(import.meta.dirname, '..', file), 'utf8');

test('no trace of the template is left', () => {
  for (const file of ['index.ts', 'wire.ts', 'session.ts', 'describe.ts', 'echo.test.ts']) {
    const text = stamp(read(`packages/capture/src/protocols/echo/${file}`), 'mqtt9');
    expect(text).not.toMatch(/echo/i);
    expect(text).toMatch(/Mqtt9|mqtt9/);
  }
});

test.each([
  ['packages/model/src/catalogue.ts', './protocols/mqtt9.ts', 'const rows = ['],
  ['packages/capture/src/protocols/registry.ts', './mqtt9/index.ts', 'dissectors: readonly Dissector[] = ['],
])('a row is added to %s', (file, from, listStart) => {
  const text = register(read(file), { id: 'mqtt9', from, listStart });
  expect(text).toContain(`import { mqtt9 } from '${from}';`);
  const list = text.slice(text.indexOf(listStart), text.indexOf(']', text.indexOf(listStart) + listStart.length));
  expect(list).toMatch(/, mqtt9\s*$/);
});

test('the descriptor names the protocol', () => {
  expect(descriptor('mqtt9', 'MQTT 9')).toContain("id: 'mqtt9',\n  name: 'MQTT 9'");
});
