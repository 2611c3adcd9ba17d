/** A process that keeps packets until it is killed: `ring-writer.ts DIRECTORY`. Tells its parent how many are safe. */

import { MIN_RING_BYTES, RawRing } from '../ring/raw-ring.ts';

const [, , directory = ''] = process.argv;
const ring = await RawRing.open({ directory, budgetBytes: MIN_RING_BYTES, log: { warn: () => undefined } });
ring.interface({ linkType: 101, snapLength: 0, name: 'eth0' });
let count = 0;
for (;;) {
  for (let n = 0; n < 100; n++) {
    const bytes = Buffer.concat([Buffer.alloc(28), Buffer.from(`packet ${count}`)]);
    ring.frame({
      bytes,
      start: 0,
      end: bytes.length,
      at: count,
      originalLength: bytes.length,
      interfaceId: 0,
      linkType: 101,
    });
    count += 1;
  }
  await ring.flush();
  if (count === 1000) process.send?.(count);
}
