/** JSON that begins with a topic and its partition, which comes again with each of its batches and records. */

import { piece } from '../../json/json-writer.ts';
import type { Name } from './names.ts';

/** Places kept, a power of two: partitions that are written and read at a time. Each new one takes the room of another. */
export const MAX_PLACES = 1024;

interface PlacePieces {
  readonly name: Name;
  readonly partition: number;
  /** A record up to its offset, and one without. */
  readonly record: Uint8Array;
  readonly recordWithout: Uint8Array;
  /** A batch up to its first offset. */
  readonly batch: Uint8Array;
  /** `kafka.topic` and `kafka.partition` of a call that is about nothing else. */
  readonly lists: Uint8Array;
}

const places = new Array<PlacePieces | undefined>(MAX_PLACES).fill(undefined);

export function placePieces(name: Name, partition: number): PlacePieces {
  const slot = (name.number * 31 + partition) & (MAX_PLACES - 1);
  const known = places[slot];
  if (known !== undefined && known.name === name && known.partition === partition) return known;
  const topic = JSON.stringify(name.text);
  const place = `{"topic":${topic},"partition":${partition}`;
  const made = {
    name,
    partition,
    record: piece(`${place},"offset":`),
    recordWithout: piece(place),
    batch: piece(`${place},"baseOffset":`),
    lists: piece(`,"topic":[${topic}],"partition":[${partition}]`),
  };
  places[slot] = made;
  return made;
}

/** Producers kept, a power of two. */
export const MAX_PRODUCERS = 1024;

interface ProducerPieces {
  readonly id: number;
  readonly epoch: number;
  readonly json: Uint8Array;
}

const producers = new Array<ProducerPieces | undefined>(MAX_PRODUCERS).fill(undefined);

/** A batch's producer, up to its sequence number. */
export function producerPiece(id: number, epoch: number): Uint8Array {
  const slot = (id + epoch) & (MAX_PRODUCERS - 1);
  const known = producers[slot];
  if (known !== undefined && known.id === id && known.epoch === epoch) return known.json;
  const json = piece(`,"producerId":${id},"producerEpoch":${epoch},"baseSequence":`);
  producers[slot] = { id, epoch, json };
  return json;
}
