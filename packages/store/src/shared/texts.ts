/** Small texts that all hubs on one database share: settings, saved queries, numbers of agents. */

import { randomUUID } from 'node:crypto';
import type { Driver } from '../driver/driver.ts';
import type { Column } from '../schema/columns.ts';
import { type Layout, tablesOf } from '../schema/migrations.ts';
import { NativeBlock } from '../write/native-block.ts';

export interface SharedText {
  readonly text: string;
  readonly version: number;
}

export interface SharedTexts {
  /** The text now; undefined when nobody has written it. */
  read(name: string): Promise<SharedText | undefined>;
  /**
   * Writes the text that comes after a version (0: the first). False when another hub did so before: then nothing has
   * changed, and the caller reads again.
   */
  write(name: string, next: { readonly text: string; readonly after: number }): Promise<boolean>;
  /** The version of each text now: tells what others have written. */
  versions(): Promise<ReadonlyMap<string, number>>;
}

const textColumns = [
  { name: 'name', type: 'String', codec: '' },
  { name: 'version', type: 'UInt64', codec: '' },
  { name: 'writer', type: 'String', codec: '' },
  { name: 'text', type: 'String', codec: '' },
] as const satisfies readonly Column[];

/** Old versions are thrown away now and then. */
const KEPT_VERSIONS = 16;

/**
 * The engine has no compare-and-set, so a version may be written twice. The first one by the server's clock counts; who
 * was second sees it when reading back. Two inserts within each other's time could both read back themselves: then the
 * second one counts for nobody, as if it had been overwritten at once.
 */
const FIRST_OF_LAST_VERSION = 'ORDER BY version DESC, at, writer LIMIT 1';

export function sharedTexts(driver: Driver, layout: Layout): SharedTexts {
  const { texts, localTexts } = tablesOf(layout);

  const winner = async (name: string) => {
    const { rows } = await driver.select({
      sql: `SELECT text, version, writer FROM ${texts} WHERE name = {name:String} ${FIRST_OF_LAST_VERSION}`,
      parameters: { name },
    });
    const [text, version, writer] = rows[0] ?? [];
    return rows.length === 0 ? undefined : { text: text as string, version: Number(version), writer };
  };

  return {
    read: winner,
    async write(name, { text, after }) {
      const version = after + 1;
      const writer = randomUUID();
      const block = new NativeBlock(textColumns);
      block.append({ name, version: String(version), writer, text });
      await driver.insertNative(`${texts} (${textColumns.map((column) => column.name).join(', ')})`, block.finish());
      if ((await winner(name))?.writer !== writer) return false;
      if (version % KEPT_VERSIONS === 0)
        await driver.execute({
          sql: `DELETE FROM ${localTexts} WHERE name = {name:String} AND version < {oldest:UInt64}`,
          parameters: { name, oldest: String(version) },
        });
      return true;
    },
    async versions() {
      const { rows } = await driver.select({ sql: `SELECT name, max(version) FROM ${texts} GROUP BY name` });
      return new Map(rows.map(([name, version]) => [name as string, Number(version)]));
    },
  };
}
