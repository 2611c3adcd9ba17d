/** Source → packets → calls → entries, with the counters that explain what was not seen. */

import {
  type CaptureFault,
  CaptureReader,
  createEngine,
  dissectors,
  type Engine,
  type Frame,
  type FrameSink,
  PacketDecoder,
} from '@kubeshark/capture';
import type { CaptureCounters } from '@kubeshark/contract';
import type { Entry, ProtocolId } from '@kubeshark/model';
import type { CaptureSource } from './sources/source.ts';

export interface CaptureOptions {
  readonly source: CaptureSource;
  readonly node: string;
  readonly agentNumber: number;
  readonly maxBodyBytes: number | undefined;
  readonly onEntry: (entry: Entry) => void;
}

/** On a quiet line nothing else lets timeouts pass. */
const TICK_MILLIS = 250;

type EngineCounts = Omit<CaptureCounters, 'shipped' | 'queued' | 'spooled' | 'lost'>;

export class Capture {
  /** What is known before anything was captured. */
  static readonly noCounters: EngineCounts = {
    packets: 0,
    bytes: 0,
    kernelDropped: null,
    skipped: {},
    streams: 0,
    openStreams: 0,
    gaps: 0,
    gapBytes: 0,
    unidentified: {},
    faults: {},
    tlsStreams: 0,
    tlsDecrypted: 0,
    entries: 0,
    entriesByProtocol: {},
  };
  readonly #source: CaptureSource;
  readonly #engine: Engine;
  readonly #interfaces: string[] = [];
  readonly #byProtocol = new Map<string, number>();
  #bytes = 0;

  constructor({ source, node, agentNumber, maxBodyBytes, onEntry }: CaptureOptions) {
    this.#source = source;
    this.#engine = createEngine({
      dissectors,
      node,
      agentNumber,
      source: source.kind,
      interfaceName: (id) => this.#interfaces[id],
      ...(maxBodyBytes !== undefined && { limits: { maxBodyBytes } }),
      onCall: (call) => {
        this.#count(call.protocol);
        onEntry(call.toEntry());
      },
    });
  }

  /** Reads the source to its end; answers the damage that ended it early. Rejects when the source breaks. */
  async run(): Promise<CaptureFault | undefined> {
    const decoder = new PacketDecoder(this.#engine);
    const sink: FrameSink = {
      frame: (frame: Frame) => {
        this.#bytes += frame.originalLength;
        decoder.frame(frame);
      },
      interface: ({ name }) => {
        this.#interfaces.push(name ?? '');
      },
    };
    const reader = new CaptureReader(sink);
    const isLive = this.#source.kind !== 'file';
    const ticking = isLive ? setInterval(() => this.#engine.tick(Date.now() * 1000), TICK_MILLIS) : undefined;
    try {
      for await (const chunk of this.#source.bytes) {
        const damage = reader.push(chunk as Uint8Array);
        if (damage !== undefined) return damage;
      }
      return reader.end();
    } finally {
      clearInterval(ticking);
      this.#engine.end();
    }
  }

  get counters(): EngineCounts {
    const { counters, flows } = this.#engine;
    return {
      packets: counters.packets,
      bytes: this.#bytes,
      kernelDropped: this.#source.kind === 'file' ? null : this.#source.counters().droppedByKernel,
      skipped: Object.fromEntries(counters.skipped),
      streams: counters.tcpFlows + counters.udpFlows,
      openStreams: flows,
      gaps: counters.gaps,
      gapBytes: counters.lostBytes,
      unidentified: Object.fromEntries(counters.unknownBytes),
      faults: Object.fromEntries(counters.faults),
      tlsStreams: counters.connections.get('tls') ?? 0,
      tlsDecrypted: 0,
      entries: counters.calls,
      entriesByProtocol: Object.fromEntries(this.#byProtocol),
    };
  }

  #count(protocol: ProtocolId): void {
    this.#byProtocol.set(protocol, (this.#byProtocol.get(protocol) ?? 0) + 1);
  }
}
