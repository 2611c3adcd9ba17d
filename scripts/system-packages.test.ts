import { expect, test } from 'vitest';
import { findProgram, installCommand, missing } from './system-packages.ts';

const shell = { name: 'dash', program: 'sh', purpose: 'is on every system' };
const nothing = { name: 'nothing', program: 'no-such-program-here', purpose: 'is on none' };

test('a program on the PATH is found, one that is nowhere is not', () => {
  expect(findProgram('sh')).toMatch(/\/sh$/);
  expect(findProgram('no-such-program-here')).toBeUndefined();
});

test('only what is not there is missing, and the command names it', () => {
  expect(missing([shell, nothing])).toEqual([nothing]);
  expect(installCommand([shell, nothing])).toBe('apt-get install -y --no-install-recommends dash nothing');
});
