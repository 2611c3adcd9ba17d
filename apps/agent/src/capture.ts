/** Source → calls, with the counters that explain what was not seen. */

import {
  addressText,
  type Call,
  type CaptureFault,
  FrameDissection,
  type FrameSink,
  type KeyStore,
} from '@kubeshark/capture';
import type { CaptureCounters } from '@kubeshark/contract';
import type { ProtocolId } from '@kubeshark/model';
import type { RawRing } from './ring/raw-ring.ts';
import type { CaptureSource } from './sources/source.ts';

export interface CaptureRunOptions {
  readonly source: CaptureSource;
  readonly node: string;
  readonly agentNumber: number;
  readonly maxBodyBytes: number | undefined;
  /** What opens TLS; more comes out of pcapng files by itself. */
  readonly keys: KeyStore;
  /** Keeps the packets themselves, where that is wanted. */
  readonly ring?: RawRing | undefined;
  /** A call is only there while it is given. */
  readonly onCall: (call: Call) => void;
  /** Told the ends of each conversation when it begins, who sent the first packet first. */
  readonly onFlow?: ((from: End, to: End) => void) | undefined;
}

type End = readonly [ip: string, port: number];

/** On a quiet line nothing else lets timeouts pass. */
const TICK_MILLIS = 250;

type EngineCounts = Omit<CaptureCounters, 'shipped' | 'queued' | 'spooled' | 'lost'>;

export class Capture {
  /** What is known before anything was captured. */
  static readonly noCounters: EngineCounts = {
    packets: 0,
    bytes: 0,
    kernelDropped: null,
    bufferUsed: null,
    restarts: 0,
    ringBytes: null,
    ringSince: null,
    ringDropped: 0,
    skipped: {},
    streams: 0,
    openStreams: 0,
    gaps: 0,
    gapBytes: 0,
    evicted: 0,
    cutBodies: 0,
    unidentified: {},
    faults: {},
    tlsStreams: 0,
    tlsDecrypted: 0,
    entries: 0,
    entriesByProtocol: {},
  };
  readonly #source: CaptureSource;
  readonly #dissection: FrameDissection;
  readonly #ring: RawRing | undefined;
  readonly #byProtocol = new Map<string, number>();
  #decrypted = 0;

  constructor({ source, node, agentNumber, maxBodyBytes, keys, ring, onCall, onFlow }: CaptureRunOptions) {
    this.#source = source;
    this.#ring = ring;
    this.#dissection = new FrameDissection({
      node,
      agentNumber,
      keys,
      source: source.kind,
      tellsNumbers: source.kind !== 'file',
      ...(onFlow !== undefined && {
        onFlow: ({ bytes, srcIp, srcPort, dstIp, dstPort, ipVersion }) =>
          onFlow([addressText(bytes, srcIp, ipVersion), srcPort], [addressText(bytes, dstIp, ipVersion), dstPort]),
      }),
      ...(maxBodyBytes !== undefined && { limits: { maxBodyBytes } }),
      onCall: (call) => {
        this.#count(call.protocol);
        if (call.index === 0 && call.flow.facts().tls?.decrypted === true) this.#decrypted += 1;
        onCall(call);
      },
    });
  }

  /** Reads the source to its end; answers the damage that ended it early. Rejects when the source breaks. */
  async run(): Promise<CaptureFault | undefined> {
    const { engine } = this.#dissection;
    const isLive = this.#source.kind !== 'file';
    const ticking = isLive ? setInterval(() => engine.tick(Date.now() * 1000), TICK_MILLIS) : undefined;
    try {
      return await this.#source.read(this.#ring === undefined ? this.#dissection : both(this.#ring, this.#dissection));
    } finally {
      clearInterval(ticking);
      this.#dissection.end();
    }
  }

  get counters(): EngineCounts {
    const { counters, flows } = this.#dissection.engine;
    const { bytes, droppedByKernel, bufferUsed, restarts } = this.#source.counters();
    const ring = this.#ring?.counts;
    return {
      packets: counters.packets,
      bytes,
      kernelDropped: droppedByKernel,
      bufferUsed,
      restarts,
      ringBytes: ring?.bytes ?? null,
      ringSince: ring?.since ?? null,
      ringDropped: ring?.dropped ?? 0,
      skipped: Object.fromEntries(counters.skipped),
      streams: counters.tcpFlows + counters.udpFlows + counters.sctpFlows,
      openStreams: flows,
      gaps: counters.gaps,
      gapBytes: counters.lostBytes,
      evicted: counters.evictedFlows,
      cutBodies: counters.cutBodies,
      unidentified: Object.fromEntries(counters.unknownBytes),
      faults: Object.fromEntries(counters.faults),
      tlsStreams: (counters.connections.get('tls') ?? 0) + this.#decrypted,
      tlsDecrypted: this.#decrypted,
      entries: counters.calls,
      entriesByProtocol: Object.fromEntries(this.#byProtocol),
    };
  }

  #count(protocol: ProtocolId): void {
    this.#byProtocol.set(protocol, (this.#byProtocol.get(protocol) ?? 0) + 1);
  }
}

/** Each frame to one after the other. */
function both(first: FrameSink, second: FrameSink): FrameSink {
  return {
    frame: (frame) => {
      first.frame(frame);
      second.frame(frame);
    },
    chunkBegin: () => {
      first.chunkBegin?.();
      second.chunkBegin?.();
    },
    chunkEnd: () => {
      first.chunkEnd?.();
      second.chunkEnd?.();
    },
    interface: (description) => {
      first.interface?.(description);
      second.interface?.(description);
    },
    secrets: (type, bytes) => {
      first.secrets?.(type, bytes);
      second.secrets?.(type, bytes);
    },
    name: (address, name) => {
      first.name?.(address, name);
      second.name?.(address, name);
    },
  };
}
