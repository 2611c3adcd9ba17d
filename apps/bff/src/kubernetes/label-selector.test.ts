import { expect, test } from 'vitest';
import { parseLabelSelector } from './label-selector.ts';

const labels = { app: 'cart', tier: 'web', 'app.kubernetes.io/name': 'shop' };

test.each([
  ['', true],
  ['app=cart', true],
  ['app==cart', true],
  ['app = web', false],
  ['app!=web', true],
  ['missing!=web', true],
  ['missing=web', false],
  ['app=cart,tier=web', true],
  ['app=cart,tier=db', false],
  ['tier in (web, api)', true],
  ['tier in (db),app=cart', false],
  ['tier notin (db, cache)', true],
  ['missing notin (db)', true],
  ['missing in (db)', false],
  ['app', true],
  ['!app', false],
  ['!canary', true],
  ['app.kubernetes.io/name=shop', true],
  ['toString', false],
])('%s: %s', (text, expected) => {
  const selector = parseLabelSelector(text);
  expect('fault' in selector ? selector.fault : selector(labels)).toBe(expected);
});

test.each(['app=cart,', '=cart', 'app in cart', 'app in (a', 'app>1', 'a b', 'app=cart;tier=web', '('])(
  '%s is told',
  (text) => {
    expect(parseLabelSelector(text)).toMatchObject({ fault: expect.stringContaining('label selector') });
  },
);
