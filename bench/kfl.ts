/**
 * KFL against what one would write by hand, as ratios of one run: predicates over a million entries beside closures that
 * say the same, the time to read and check a query, and the time to refuse a hostile one.
 */

import { compile } from '@kubeshark/kfl';
import { kflSchema } from '@kubeshark/model';

interface BenchEntry {
  readonly protocols: readonly string[];
  readonly src: { readonly name: string; readonly namespace: string };
  readonly dst: { readonly name: string };
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
  } | null;
  readonly response: { readonly status: number; readonly latency: number } | null;
}

const ENTRIES = 1_000_000;
const ROUNDS = 5;
const QUERIES = 2_000;

/** Typical filters, each with the function a person would write instead. */
const filters: readonly (readonly [query: string, byHand: (entry: BenchEntry) => boolean])[] = [
  [
    'http and response.status >= 500',
    ({ protocols, response }) => protocols.includes('http') && response !== null && response.status >= 500,
  ],
  ['response.latency > 1000', ({ response }) => response !== null && response.latency > 1000],
  ['src.name == "frontend" and dst.name == "cart"', ({ src, dst }) => src.name === 'frontend' && dst.name === 'cart'],
  ['request.path contains "/admin"', ({ request }) => request?.path.includes('/admin') === true],
  [
    'http and not request.headers["Authorization"]',
    ({ protocols, request }) => protocols.includes('http') && !request?.headers['Authorization'],
  ],
];

function entryAt(index: number): BenchEntry {
  const isHttp = index % 4 !== 0;
  return {
    protocols: isHttp ? ['http'] : ['redis'],
    src: { name: index % 3 === 0 ? 'frontend' : `pod-${index % 50}`, namespace: 'shop' },
    dst: { name: index % 5 === 0 ? 'cart' : 'checkout' },
    request: {
      method: index % 2 === 0 ? 'GET' : 'POST',
      path: index % 100 === 0 ? '/admin/users' : `/api/items/${index % 1000}`,
      headers: index % 7 === 0 ? { Host: 'shop' } : { Host: 'shop', Authorization: 'Bearer x' },
    },
    response: index % 50 === 0 ? null : { status: index % 20 === 0 ? 503 : 200, latency: (index * 7919) % 2000 },
  };
}

const hostile: readonly (readonly [name: string, text: string])[] = [
  ['brackets', '('.repeat(10_000)],
  ['not', 'not '.repeat(2_500)],
  ['names', `a${'.b'.repeat(5_000)}`],
  ['terms', 'a=1 or '.repeat(1_400)],
  ['misspelt fields', 'respons.staus == 1 and '.repeat(430)],
  ['curly quotes', '“'.repeat(10_000)],
  ['pattern', `path matches "${'(x+x+)+'.repeat(140)}y"`],
  ['quotes', `${'"\\'.repeat(5_000)}`],
];

const measure = (run: () => number): { readonly millis: number; readonly count: number } => {
  const started = performance.now();
  const count = run();
  return { millis: performance.now() - started, count };
};

/** Prints the table; the numbers to look at are the ratios. */
export async function kfl(): Promise<void> {
  const print = (line: string) => console.log(line);
  const entries = Array.from({ length: ENTRIES }, (_, index) => entryAt(index));
  print(`kfl: predicates over ${ENTRIES.toLocaleString('en')} entries, best of ${ROUNDS}`);
  for (const [query, byHand] of filters) {
    const { predicate } = compile(query, kflSchema);
    const scan = (test: (entry: BenchEntry) => boolean) => () => {
      let count = 0;
      for (const entry of entries) if (test(entry)) count++;
      return count;
    };
    let hand = Number.POSITIVE_INFINITY;
    let ours = Number.POSITIVE_INFINITY;
    // Taking turns, so that a busy machine slows both.
    for (let round = 0; round < ROUNDS; round++) {
      const a = measure(scan(byHand));
      const b = measure(scan(predicate));
      if (a.count !== b.count) throw new Error(`${query}: ${b.count} instead of ${a.count}`);
      hand = Math.min(hand, a.millis);
      ours = Math.min(ours, b.millis);
    }
    print(
      `  ${((hand / ours) * 100).toFixed(0).padStart(4)} % of by hand  ${ours.toFixed(0).padStart(4)} ms  ${query}`,
    );
  }
  const typical = 'http and src.name == "frontend" and dst.name == "backend" and response.status >= 500';
  const reading = measure(() => {
    let errors = 0;
    for (let at = 0; at < QUERIES; at++) errors += compile(typical, kflSchema).diagnostics.length;
    return errors;
  });
  print(`kfl: reading and checking a typical query takes ${((reading.millis / QUERIES) * 1000).toFixed(0)} µs`);
  for (const [name, text] of hostile) {
    const { millis } = measure(() => compile(text, kflSchema).diagnostics.length);
    print(`kfl: ${text.length} characters of ${name} are refused in ${millis.toFixed(1)} ms`);
  }
}
