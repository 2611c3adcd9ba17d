import fc from 'fast-check';
import { expect, test } from 'vitest';
import { endpointSliceOf, namespaceOf, nodeOf, ownedOf, podOf, serviceOf } from './facts.ts';
import type { KubeObject } from './reflector.ts';

test('an object may say anything beside its name', () => {
  const metadata = { name: 'x', uid: 'u', resourceVersion: '1' };
  const anything = fc.record(
    {
      spec: fc.jsonValue(),
      status: fc.jsonValue(),
      endpoints: fc.jsonValue(),
      ports: fc.jsonValue(),
      labels: fc.jsonValue(),
      ownerReferences: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(anything, ({ labels, ownerReferences, ...parts }) => {
      const object = { ...parts, metadata: { ...metadata, labels, ownerReferences } } as unknown as KubeObject;
      for (const read of [podOf, serviceOf, endpointSliceOf, nodeOf, ownedOf, namespaceOf])
        expect(read(object).uid).toBe('u');
    }),
  );
});
