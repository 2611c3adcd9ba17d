/** What is known of requests of one command and application, made once, and of a result. */

import { ByteInterner } from '../../decode/interner.ts';
import { CallGroup } from '../../dissect/call-group.ts';
import { piece } from '../../json/json-writer.ts';
import { u32 } from '../../packet/big-endian.ts';
import { applicationName, commandName, resultName } from './names.ts';

export interface Kind {
  readonly command: string;
  readonly application: string;
  readonly group: CallGroup;
  /** How the call's own values begin. */
  readonly data: Uint8Array;
  /** How the summary begins. */
  readonly summary: Uint8Array;
}

function kindOf(code: number, applicationId: number): Kind {
  const command = commandName(code);
  const application = applicationName(applicationId);
  const endpoint = applicationId === 0 || application === command ? command : `${application} ${command}`;
  return {
    command,
    application,
    group: new CallGroup(endpoint),
    data: piece(`,"diameter":${JSON.stringify({ command, application }).slice(0, -1)}`),
    summary: piece(endpoint),
  };
}

/** By the bytes of both numbers, which lie side by side. */
export const kinds = new ByteInterner((bytes, start) => kindOf(u32(bytes, start) >>> 8, u32(bytes, start + 3)));
export const NO_KIND = kindOf(0, 0);

export interface ResultFacts {
  readonly name: string;
  /** Behind the status of the response, among the call's own values, and in the summary. */
  readonly statusText: Uint8Array;
  readonly data: Uint8Array;
  readonly summary: Uint8Array;
}

function factsOf(result: number): ResultFacts {
  const name = resultName(result) ?? String(result);
  return {
    name,
    statusText: piece(`,"statusText":"${name}"`),
    data: piece(`,"result":"${name}"`),
    summary: piece(` → ${name}`),
  };
}

/** Results that have no name too: peers use a handful. Full, the memory starts afresh. */
const MAX_RESULTS = 1024;
const results = new Map<number, ResultFacts>();

export function resultFacts(result: number): ResultFacts {
  const known = results.get(result);
  if (known !== undefined) return known;
  if (results.size >= MAX_RESULTS) results.clear();
  const facts = factsOf(result);
  results.set(result, facts);
  return facts;
}
