import { expect, test } from 'vitest';
import { nameOf } from './names.ts';
import { MAX_PLACES, MAX_PRODUCERS, placePieces, producerPiece } from './place-pieces.ts';

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

test(`of ${MAX_PLACES} partitions the pieces are kept, one more takes the room of another`, () => {
  const orders = nameOf('orders "2"');
  const first = placePieces(orders, 0);
  for (let partition = 1; partition < MAX_PLACES; partition++) placePieces(orders, partition);
  expect(placePieces(orders, 0)).toBe(first);
  expect(text(placePieces(orders, MAX_PLACES).record)).toBe(
    `{"topic":"orders \\"2\\"","partition":${MAX_PLACES},"offset":`,
  );
  const again = placePieces(orders, 0);
  expect(again).not.toBe(first);
  expect([text(again.record), text(again.lists)]).toEqual([text(first.record), text(first.lists)]);
});

test(`of ${MAX_PRODUCERS} producers the pieces are kept, one more takes the room of another`, () => {
  const first = producerPiece(0, 0);
  for (let id = 1; id < MAX_PRODUCERS; id++) producerPiece(id, 0);
  expect(producerPiece(0, 0)).toBe(first);
  expect(text(producerPiece(MAX_PRODUCERS, 0))).toBe(
    `,"producerId":${MAX_PRODUCERS},"producerEpoch":0,"baseSequence":`,
  );
  expect(producerPiece(0, 0)).not.toBe(first);
  expect(text(producerPiece(0, 0))).toBe(text(first));
  // Its epoch tells one producer from another that has its room.
  expect(text(producerPiece(0, MAX_PRODUCERS))).toContain(`"producerEpoch":${MAX_PRODUCERS}`);
});
