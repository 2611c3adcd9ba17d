import type { Dissector } from '../../dissect/dissector.ts';
import type { HttpRefiner } from '../../http/refiner.ts';
import { Refiners } from '../../http/refiners.ts';
import { HeadScan, scanRequestLine, scanStatusLine } from './head-scan.ts';
import { Http1Session } from './session.ts';
import type { Part } from './wire.ts';

/** A target this long without a line end is believed when it begins like one. */
const LONG_TARGET_BYTES = 1024;
const LONG_START = /^[A-Z][A-Z_-]{1,31} (\/|https?:\/\/)/; // GET /…

/** HTTP/1.0 and 1.1; `readers` read the protocols carried inside calls. */
export function http1(readers: readonly HttpRefiner[]): Dissector<Part> {
  const refiners = new Refiners('http', readers);
  const scan = new HeadScan();
  return {
    id: 'http',
    transports: ['tcp'],
    inPlace: true,
    probe(sample, side) {
      const range = { offset: 0, end: sample.length, scan };
      const line = side === 'client' ? scanRequestLine(sample, range) : scanStatusLine(sample, range);
      if (line !== undefined) return line ? 'yes' : 'no';
      const isLong = sample.length >= LONG_TARGET_BYTES && side === 'client';
      return isLong && LONG_START.test(Buffer.from(sample.subarray(0, 64)).toString('latin1')) ? 'yes' : 'more';
    },
    open: (context) => new Http1Session(context, refiners),
  };
}
