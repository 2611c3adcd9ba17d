/** What each hub on one database last said of itself, so that any of them can answer for all. */

import type { Driver } from '../driver/driver.ts';
import type { Column } from '../schema/columns.ts';
import { type Layout, tablesOf } from '../schema/migrations.ts';
import { NativeBlock } from '../write/native-block.ts';

export interface HubReports {
  /** Replaces what this hub said before. */
  publish(text: string): Promise<void>;
  /** What the others said within the last seconds. */
  others(seconds: number): Promise<readonly string[]>;
}

const reportColumns = [
  { name: 'hub', type: 'String', codec: '' },
  { name: 'text', type: 'String', codec: '' },
] as const satisfies readonly Column[];

export function hubReports(driver: Driver, layout: Layout, hub: string): HubReports {
  const { reports } = tablesOf(layout);
  return {
    async publish(text) {
      const block = new NativeBlock(reportColumns);
      block.append({ hub, text });
      await driver.insertNative(`${reports} (${reportColumns.map(({ name }) => name).join(', ')})`, block.finish());
    },
    async others(seconds) {
      const { rows } = await driver.select({
        // By the servers' clock on both sides: those of hubs may differ.
        sql: `SELECT argMax(text, at) FROM ${reports}
WHERE hub != {hub:String} AND at > now64(3) - {seconds:UInt32} GROUP BY hub ORDER BY hub`,
        parameters: { hub, seconds },
      });
      return rows.map(([text]) => text as string);
    },
  };
}
