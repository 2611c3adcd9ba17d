import { expect, test } from 'vitest';
import { faultsOf } from './object-schemas.ts';

const service = (spec: object) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'x' }, spec });

test.each([
  ['a good object', service({ ports: [{ port: 80, targetPort: 'http' }] }), []],
  ['a misspelled field', service({ selectors: { app: 'x' } }), ['.spec.selectors is unknown']],
  ['a port in words', service({ ports: [{ port: 'http' }] }), ['.spec.ports[0].port: http is no whole number']],
  ['a missing field', service({ ports: [{ name: 'http' }] }), ['.spec.ports[0].port is missing']],
  ['a list that is none', service({ ports: {} }), ['.spec.ports: is no list']],
  ['a kind nobody knows', { apiVersion: 'v2', kind: 'Pot' }, ['no schema of v2 Pot']],
  [
    'a route without a match',
    { apiVersion: 'traefik.io/v1alpha1', kind: 'IngressRoute', metadata: {}, spec: { routes: [{ kind: 'Rule' }] } },
    ['.spec.routes[0].match is missing'],
  ],
])('%s', (_name, object, faults) => {
  expect(faultsOf(object)).toEqual(faults);
});
