/** What hubs on one database tell each other as it happens, in one order for all who listen. */

import type { Driver, Row } from '../driver/driver.ts';
import type { Column } from '../schema/columns.ts';
import { type Layout, tablesOf } from '../schema/migrations.ts';
import { NativeBlock } from '../write/native-block.ts';

interface Notice {
  readonly kind: string;
  readonly text: string;
  /** Who told it. */
  readonly hub: string;
  /** Microseconds by the servers' clock. */
  readonly at: number;
}

interface Heard {
  /** In an order that is the same for every listener; those that were told together one after the other. */
  readonly notices: readonly Notice[];
  /** Everything up to here has been heard; microseconds by the servers' clock. */
  readonly until: number;
}

interface Listener {
  /** What was told since the last time. */
  hear(): Promise<Heard>;
}

export interface SharedNotices {
  /** Resolves when others can hear it. */
  tell(kind: string, texts: readonly string[]): Promise<void>;
  /** Hears everything from so many microseconds ago on, what this hub tells included. */
  listen(sinceMicros: number): Listener;
}

const noticeColumns = [
  { name: 'hub', type: 'String', codec: '' },
  { name: 'kind', type: 'String', codec: '' },
  { name: 'place', type: 'UInt32', codec: '' },
  { name: 'text', type: 'String', codec: '' },
] as const satisfies readonly Column[];

/**
 * From the time that a notice gets until everybody can read it: an insert, its way to the shard, and how much the servers'
 * clocks differ. What takes longer is heard by nobody.
 */
const SETTLE_MICROS = 400_000;
/** Read at once: notices are batches, some ten kilobytes each. */
const MAX_HEARD = 500;

interface Placed extends Notice {
  /** Among those told together. */
  readonly place: number;
}

const noticeOf = ([at, hub, place, kind, text]: Row): Placed => ({
  at: Number(at),
  hub: hub as string,
  place: Number(place),
  kind: kind as string,
  text: text as string,
});

const byOrder = (a: Placed, b: Placed): number =>
  a.at - b.at || (a.hub === b.hub ? a.place - b.place : a.hub < b.hub ? -1 : 1);

export function sharedNotices(driver: Driver, layout: Layout, hub: string): SharedNotices {
  const { notices } = tablesOf(layout);
  return {
    async tell(kind, texts) {
      const block = new NativeBlock(noticeColumns);
      for (const [place, text] of texts.entries()) block.append({ hub, kind, place, text });
      await driver.insertNative(`${notices} (${noticeColumns.map(({ name }) => name).join(', ')})`, block.finish());
    },
    listen(sinceMicros) {
      let after: number | undefined;
      return {
        async hear() {
          const clock = await driver.select({ sql: 'SELECT toUnixTimestamp64Micro(now64(6))' });
          const settled = Number(clock.rows[0]?.[0] ?? 0) - SETTLE_MICROS;
          after ??= settled - sinceMicros;
          const { rows } = await driver.select({
            sql: `SELECT at, hub, place, kind, text FROM ${notices} WHERE at > {after:UInt64} AND at <= {settled:UInt64}
ORDER BY at LIMIT {most:UInt32} WITH TIES`,
            parameters: { after: String(after), settled: String(settled), most: MAX_HEARD },
          });
          const heard = rows.map(noticeOf).toSorted(byOrder);
          // A servers' clock that is set back has some of it heard twice, and nothing missed.
          after = rows.length < MAX_HEARD ? settled : (heard.at(-1)?.at ?? settled);
          return { notices: heard, until: after };
        },
      };
    },
  };
}
