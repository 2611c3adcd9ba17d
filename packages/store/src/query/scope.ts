/** Which entries a read is about, and the clause that says so in SQL. */

import type { Entry, Micros } from '@kubeshark/model';
import type { Parameter } from '../driver/driver.ts';

/** A filter: what SQL can say of it, and what only the whole entry can decide. */
export interface Condition {
  /** True for at least every entry that matches; names columns, binds every literal, leaves `store_…` parameters to the store. */
  readonly sql: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** Present when `sql` lets through entries that do not match. */
  readonly residual?: ((entry: Entry) => boolean) | undefined;
}

export interface Scope {
  readonly where?: Condition | undefined;
  /** `since` <= timestamp < `until`. */
  readonly since?: Micros | undefined;
  readonly until?: Micros | undefined;
}

/** Ids rise with the time a call ended, in their upper 52 bits. */
const ID_SHIFT = 12n;
/** A call's id is given at its end, so never before its timestamp; clocks of two agents' nodes may differ by this much. */
const CLOCK_SLACK_MICROS = 60_000_000;

/** The lowest id an entry of that time can have: lets the engine skip everything older without opening it. */
export function lowestIdSince(since: Micros): bigint {
  const micros = Math.floor(since) - CLOCK_SLACK_MICROS;
  return micros <= 0 ? 0n : BigInt(micros) << ID_SHIFT;
}

/** When the call with an id ended. */
export const timeOfId = (id: bigint): Micros => Number(id >> ID_SHIFT);

const decimal = /^\d{1,20}$/;
export const MAX_ID = 2n ** 64n - 1n;

/** The id's number; undefined for a text that no entry can have as its id. */
export function idNumber(text: string): bigint | undefined {
  if (!decimal.test(text)) return undefined;
  const value = BigInt(text);
  return value <= MAX_ID ? value : undefined;
}

export interface Clause {
  readonly sql: string;
  readonly parameters: Record<string, Parameter>;
}

/** The WHERE expression of a scope, its residual aside. */
export function clauseOf({ where, since, until }: Scope): Clause {
  const parts: string[] = [];
  const parameters: Record<string, Parameter> = {};
  if (since !== undefined) {
    parts.push('id >= {store_first:UInt64} AND timestamp >= {store_since:Float64}');
    parameters['store_first'] = String(lowestIdSince(since));
    parameters['store_since'] = since;
  }
  if (until !== undefined) {
    parts.push('timestamp < {store_until:Float64}');
    parameters['store_until'] = until;
  }
  if (where !== undefined) {
    parts.push(`(${where.sql})`);
    Object.assign(parameters, where.parameters);
  }
  return { sql: parts.length === 0 ? '1' : parts.join(' AND '), parameters };
}
