import type { CaptureFault, Frame, FrameSink } from '@kubeshark/capture';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  type CaptureSource,
  type Filtered,
  isRefusal,
  type Listener,
  noSourceCounters,
  type Opened,
  type Refusal,
} from './source.ts';
import { TargetedSource, targetFilter, type Wanted } from './targeted.ts';

const patience = { timeout: 20_000, interval: 10 };

/** A capture that runs until it is closed, and says what it was opened for. */
class Running implements CaptureSource {
  readonly kind = 'libpcap';
  readonly name = 'any';
  readonly notes: readonly string[] = [];
  filter: string | undefined;
  readonly except: readonly Listener[];
  refilter?: (filtered: Filtered) => Promise<Refusal | undefined>;
  readonly #ended = Promise.withResolvers<CaptureFault | undefined>();
  sink: FrameSink | undefined;
  isClosed = false;

  constructor({ filter, except = [] }: Filtered) {
    this.filter = filter;
    this.except = except;
  }

  read(sink: FrameSink): Promise<CaptureFault | undefined> {
    this.sink = sink;
    sink.interface?.({ linkType: 1, snapLength: 0, name: 'lo' });
    return this.#ended.promise;
  }

  counters() {
    return { ...noSourceCounters, bytes: 10, received: 2 };
  }

  close(): Promise<void> {
    this.isClosed = true;
    this.#ended.resolve(undefined);
    return Promise.resolve();
  }

  end(fault: string): void {
    this.#ended.resolve({ fault, offset: 1 });
  }
}

async function aSource(wanted: Wanted, open?: (filter: string | undefined) => Opened | undefined) {
  const opened: Running[] = [];
  const source = await TargetedSource.open(
    {
      name: 'any',
      filtered: (filter, except) => Promise.resolve({ filter, except }),
      open: (filtered) => {
        const given = open?.(filtered.filter);
        if (given !== undefined) return Promise.resolve(given);
        const running = new Running(filtered);
        opened.push(running);
        return Promise.resolve(running);
      },
    },
    wanted,
  );
  if (isRefusal(source) || !(source instanceof TargetedSource)) throw new Error('not opened');
  const told: string[] = [];
  const frames: number[] = [];
  const reading = source.read({
    interface: ({ name = '' }) => told.push(name),
    frame: ({ interfaceId }) => frames.push(interfaceId),
  });
  onTestFinished(() => source.close());
  return { source, opened, told, frames, reading };
}

test.each([
  [undefined, undefined],
  [['10.0.0.1'], 'host 10.0.0.1'],
  [['10.0.0.1', 'fd00::1'], 'host 10.0.0.1 or host fd00::1'],
  [Array.from({ length: 401 }, (_, n) => `10.0.${n >> 8}.${n & 255}`), undefined],
])('targets as a filter', (targets, filter) => {
  expect(targetFilter(targets)).toBe(filter);
});

test('other targets mean another filter, and counters that go on', async () => {
  const { source, opened } = await aSource({ targets: ['10.0.0.1'] });
  await vi.waitFor(() => expect(opened[0]?.sink).toBeDefined(), patience);
  source.retarget({ targets: ['10.0.0.1', '10.0.0.2'] });
  await vi.waitFor(() => expect(opened[1]?.sink).toBeDefined(), patience);
  expect(opened.map(({ filter, isClosed }) => [filter, isClosed])).toEqual([
    ['host 10.0.0.1', true],
    ['host 10.0.0.1 or host 10.0.0.2', false],
  ]);
  expect(source.counters()).toMatchObject({ bytes: 20, received: 4 });
  expect(source.notes).toEqual([
    'the capture was opened anew for other targets, once so far; packets in between are not seen',
  ]);
});

test('a capture that can change its filter goes on with another', async () => {
  const { source, opened } = await aSource({ targets: ['10.0.0.1'] });
  await vi.waitFor(() => expect(opened[0]?.sink).toBeDefined(), patience);
  const [running] = opened as [Running];
  const filters: (string | undefined)[] = [];
  running.refilter = ({ filter }) => {
    if (filter === 'host 10.0.0.9') return Promise.resolve({ refused: 'no' });
    filters.push(filter);
    return Promise.resolve(undefined);
  };
  source.retarget({ targets: ['10.0.0.2'] });
  source.retarget({ targets: ['10.0.0.2', '10.0.0.3'] });
  await vi.waitFor(() => expect(filters).toEqual(['host 10.0.0.2 or host 10.0.0.3']), patience);
  source.retarget({});
  await vi.waitFor(() => expect(filters).toHaveLength(2), patience);
  expect([opened.length, running.isClosed, source.notes]).toEqual([1, false, []]);
  // What it cannot take means another capture, as without it.
  source.retarget({ targets: ['10.0.0.9'] });
  await vi.waitFor(
    () => expect(opened.map(({ filter }) => filter)).toEqual(['host 10.0.0.1', 'host 10.0.0.9']),
    patience,
  );
});

test('the same targets change nothing', async () => {
  const { source, opened } = await aSource({ targets: ['10.0.0.1'], except: [{ address: '10.0.0.9', port: 80 }] });
  source.retarget({ targets: ['10.0.0.1'], except: [{ address: '10.0.0.9', port: 80 }], paused: false });
  source.retarget({ targets: ['10.0.0.2'] });
  await vi.waitFor(() => expect(opened).toHaveLength(2), patience);
  expect(opened[0]?.except).toEqual([{ address: '10.0.0.9', port: 80 }]);
});

test('a pause closes the capture, and resuming opens it again', async () => {
  const { source, opened } = await aSource({});
  await vi.waitFor(() => expect(opened[0]?.sink).toBeDefined(), patience);
  source.retarget({ paused: true });
  await vi.waitFor(() => expect(opened[0]?.isClosed).toBe(true), patience);
  expect(source.notes).toEqual(['capture is paused in the settings']);
  source.retarget({});
  await vi.waitFor(() => expect(opened).toHaveLength(2), patience);
});

test('nothing is opened while no pod of the node is a target', async () => {
  const { source, opened } = await aSource({ targets: [] });
  expect(opened).toEqual([]);
  expect(source.notes).toEqual(['no pod of this node is a target']);
  source.retarget({ targets: ['10.0.0.1'] });
  await vi.waitFor(() => expect(opened.map(({ filter }) => filter)).toEqual(['host 10.0.0.1']), patience);
});

test('interfaces keep their numbers over captures', async () => {
  const { source, opened, told, frames } = await aSource({});
  await vi.waitFor(() => expect(opened[0]?.sink).toBeDefined(), patience);
  opened[0]?.sink?.interface?.({ linkType: 1, snapLength: 0, name: 'eth0' });
  source.retarget({ targets: ['10.0.0.1'] });
  await vi.waitFor(() => expect(opened[1]?.sink).toBeDefined(), patience);
  opened[1]?.sink?.interface?.({ linkType: 1, snapLength: 0, name: 'veth7' });
  for (const interfaceId of [0, 1]) opened[1]?.sink?.frame({ interfaceId } as Frame);
  expect(told).toEqual(['lo', 'eth0', 'veth7']);
  expect(frames).toEqual([0, 2]);
});

test('a filter that is refused is told, and what comes after is tried', async () => {
  const { source, opened } = await aSource({}, (filter) =>
    filter === 'host 10.0.0.1' ? { refused: 'no' } : undefined,
  );
  await vi.waitFor(() => expect(opened[0]?.sink).toBeDefined(), patience);
  source.retarget({ targets: ['10.0.0.1'] });
  await vi.waitFor(() => expect(source.notes).toContain('the targets cannot be captured: no'), patience);
  source.retarget({ targets: ['10.0.0.2'] });
  await vi.waitFor(() => expect(opened.map(({ filter }) => filter)).toEqual([undefined, 'host 10.0.0.2']), patience);
});

test('a capture that breaks by itself ends the source', async () => {
  const { opened, reading } = await aSource({});
  await vi.waitFor(() => expect(opened[0]?.sink).toBeDefined(), patience);
  opened[0]?.end('damage');
  expect(await reading).toEqual({ fault: 'damage', offset: 1 });
});

test('closing ends it, whatever it waits for', async () => {
  const { source, reading } = await aSource({ paused: true });
  await source.close();
  expect(await reading).toBeUndefined();
});
