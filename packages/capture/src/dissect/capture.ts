/** A whole capture in one object: frames, or the bytes of a file or stream, in; calls out. */

import { PacketDecoder } from '../packet/decoder.ts';
import { CaptureReader } from '../pcap/capture-reader.ts';
import type { CaptureFault, CaptureInterface, Frame, FrameSink } from '../pcap/frame.ts';
import { dissectors } from '../protocols/registry.ts';
import { Engine, type EngineOptions } from './engine.ts';

/** Options of the engine; every protocol is read unless told otherwise. */
export type CaptureOptions = Omit<EngineOptions, 'dissectors'> & Partial<Pick<EngineOptions, 'dissectors'>>;

/** Takes what a reader of captures hands on. */
export class FrameDissection implements FrameSink {
  readonly engine: Engine;
  private readonly decoder: PacketDecoder;
  private readonly interfaces: CaptureInterface[] = [];

  constructor(options: CaptureOptions) {
    const interfaceName = (id: number) => this.interfaces[id]?.name;
    this.engine = new Engine({ interfaceName, dissectors, ...options });
    this.decoder = new PacketDecoder(this.engine);
  }

  frame(frame: Frame): void {
    this.decoder.frame(frame);
  }

  chunkBegin(): void {
    this.engine.lend();
  }

  chunkEnd(): void {
    this.engine.settle();
  }

  interface(description: CaptureInterface): void {
    this.interfaces.push(description);
    this.engine.hasSeveralInterfaces = this.interfaces.length > 1;
  }

  secrets(type: number, bytes: Uint8Array): void {
    this.engine.secrets(type, bytes);
  }

  name(address: string, name: string): void {
    this.engine.names.learn({ address, name });
  }

  /** The capture is over: what waits leaves. */
  end(): void {
    this.decoder.end();
    this.engine.end();
  }
}

export class CaptureDissection {
  readonly engine: Engine;
  private readonly reader: CaptureReader;
  private readonly frames: FrameDissection;
  private fault: CaptureFault | undefined;

  constructor(options: CaptureOptions) {
    this.frames = new FrameDissection(options);
    this.engine = this.frames.engine;
    this.reader = new CaptureReader(this.frames);
  }

  /** Takes the next chunk. Answers the damage once there is some: nothing behind it is read. */
  push(chunk: Uint8Array): CaptureFault | undefined {
    this.fault ??= this.reader.push(chunk);
    return this.fault;
  }

  /** The capture is over: what waits leaves. Answers the damage, also a record cut in the middle. */
  end(): CaptureFault | undefined {
    this.fault ??= this.reader.end();
    this.frames.end();
    return this.fault;
  }
}
