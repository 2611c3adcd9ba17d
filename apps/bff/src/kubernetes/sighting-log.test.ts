import type { Entry } from '@kubeshark/model';
import { anHttpEntry } from '@kubeshark/testkit';
import { expect, test } from 'vitest';
import type { Heard } from '../hubs/notices.ts';
import type { Sighting } from './sighting.ts';
import { SharedLog } from './sighting-log.ts';
import { Vantages } from './vantages.ts';

/** What a database does with notices, and what it may do wrong. */
class Notices {
  #listener: ((heard: Heard) => void) | undefined;
  #passed: ((until: number) => void) | undefined;
  tries = 0;
  /** Tries that fail, and tries that nobody hears. */
  readonly failing: number;
  readonly unheard: number;

  constructor({ failing = 0, unheard = 0 } = {}) {
    this.failing = failing;
    this.unheard = unheard;
  }

  on(_kind: string, listener: (heard: Heard) => void): void {
    this.#listener = listener;
  }

  onPassed(listener: (until: number) => void): void {
    this.#passed = listener;
  }

  tell(_kind: string, texts: readonly string[]): Promise<void> {
    this.tries += 1;
    if (this.tries <= this.failing) return Promise.reject(new Error('away'));
    if (this.tries <= this.failing + this.unheard) return Promise.resolve();
    const at = this.tries * 10_000_000;
    for (const text of texts) this.#listener?.({ text: JSON.parse(text) as unknown, isOwn: true, at });
    setTimeout(() => this.#passed?.(at + 1_000_000), 20);
    return Promise.resolve();
  }
}

function joining(notices: Notices, giveUpMillis?: number) {
  const errors: unknown[] = [];
  const log = new SharedLog({
    notices,
    onError: (error) => errors.push(error),
    ...(giveUpMillis !== undefined && { giveUpMillis }),
  });
  const vantages = new Vantages({ log, nameOf: (end) => end, timeOf: ({ timestamp }) => timestamp });
  return { vantages, errors };
}

let id = 0;
function seen(node: string, more: Partial<Entry> = {}): Sighting {
  id += 1;
  const connection = { id: 'c', transport: 'tcp' as const, index: 0, isn: '1-2' };
  return { entry: anHttpEntry(0, { id: String(id), node, connection, ...more }), src: 'pod', dst: 'pod' };
}

test('what is told in the same moment is one notice, and is joined', async () => {
  const notices = new Notices();
  const { vantages } = joining(notices);
  const [one, other] = await Promise.all([vantages.join([seen('n1')]), vantages.join([seen('n2')])]);
  expect([...one, ...other]).toHaveLength(1);
  expect(notices.tries).toBe(1);
});

test.each([
  ['a database that fails twice', { failing: 2 }, 2],
  ['a notice that comes too late to be heard', { unheard: 1 }, 0],
])(
  '%s: it is told again',
  async (_name, trouble, failures) => {
    const notices = new Notices(trouble);
    const { vantages, errors } = joining(notices);
    expect(await vantages.join([seen('n1'), seen('n2')])).toHaveLength(1);
    expect([errors.length, vantages.alone]).toEqual([failures, 0]);
  },
  60_000,
);

test('a database that stays away: sightings stand alone, and are counted', async () => {
  const { vantages } = joining(new Notices({ failing: Number.POSITIVE_INFINITY }), 700);
  expect(await vantages.join([seen('n1'), seen('n2')])).toHaveLength(2);
  expect(vantages.alone).toBe(2);
});

test('what an agent made up stands alone at once, and keeps nobody else waiting', async () => {
  const notices = new Notices();
  const { vantages } = joining(notices);
  const strange = seen('n3', { node: 7 as never });
  const kept = await vantages.join([seen('n1'), strange, seen('n2')]);
  expect(kept).toHaveLength(2);
  expect(kept).toContain(strange.entry);
  expect([vantages.alone, notices.tries]).toEqual([1, 1]);
});
