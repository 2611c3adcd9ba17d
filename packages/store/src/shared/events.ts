/** What happened, told by all hubs on one database: the audit log. */

import type { Driver } from '../driver/driver.ts';
import type { Column } from '../schema/columns.ts';
import { type Layout, tablesOf } from '../schema/migrations.ts';
import { NativeBlock } from '../write/native-block.ts';

export interface SharedEvent {
  /** Microseconds, by the clock of the hub that tells it. */
  readonly at: number;
  readonly text: string;
}

export interface SharedEvents {
  add(events: readonly SharedEvent[]): Promise<void>;
  /** Texts of the newest, the newest first. */
  newest(limit: number): Promise<readonly string[]>;
}

const eventColumns = [
  { name: 'at', type: 'UInt64', codec: '' },
  { name: 'text', type: 'String', codec: '' },
] as const satisfies readonly Column[];

export function sharedEvents(driver: Driver, layout: Layout): SharedEvents {
  const { events } = tablesOf(layout);
  return {
    async add(told) {
      const block = new NativeBlock(eventColumns);
      for (const { at, text } of told) block.append({ at: String(Math.trunc(at)), text });
      await driver.insertNative(`${events} (${eventColumns.map(({ name }) => name).join(', ')})`, block.finish());
    },
    async newest(limit) {
      const { rows } = await driver.select({
        sql: `SELECT text FROM ${events} ORDER BY at DESC LIMIT {limit:UInt32}`,
        parameters: { limit },
      });
      return rows.map(([text]) => text as string);
    },
  };
}
