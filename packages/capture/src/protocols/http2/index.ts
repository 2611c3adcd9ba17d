import type { Dissector, Side } from '../../dissect/dissector.ts';
import type { HttpRefiner } from '../../http/refiner.ts';
import { Refiners } from '../../http/refiners.ts';
import { Http2Session } from './session.ts';
import { type FrameToken, frameEnd, isPlausibleFrame, matchPreface } from './wire.ts';

/** Frames in a row that must make sense before a stream without a preface is believed. */
const CONVINCING_FRAMES = 2;
const SETTINGS_TYPE = 4;

function probe(sample: Uint8Array, side: Side): 'yes' | 'no' | 'more' {
  if (side === 'client') {
    const preface = matchPreface(sample, 0, sample.length);
    if (preface !== 'no') return preface;
  }
  if (sample.length < 9) return (sample[0] ?? 0) === 0 ? 'more' : 'no';
  let at = 0;
  for (let frames = 0; at < sample.length; frames += 1) {
    if (frames >= CONVINCING_FRAMES) return 'yes';
    // A head that is cut ends the looking; what was seen until then counts.
    if (at + 9 > sample.length) return frames > 0 ? 'more' : 'no';
    if (!isPlausibleFrame(sample, at, side)) return 'no';
    // A server opens with its settings, on stream 0.
    if (side === 'server' && frames === 0 && sample[at + 3] === SETTINGS_TYPE) return 'yes';
    at = frameEnd(sample, at);
  }
  return at === sample.length && sample.length > 9 ? 'yes' : 'more';
}

/** HTTP/2 with prior knowledge, after an upgrade, or negotiated inside TLS. */
export function http2(readers: readonly HttpRefiner[]): Dissector<FrameToken> {
  const refiners = new Refiners('http2', readers);
  return {
    id: 'http2',
    transports: ['tcp'],
    inPlace: true,
    probe,
    open: (context, upgrade) => new Http2Session(context, refiners, upgrade),
  };
}
