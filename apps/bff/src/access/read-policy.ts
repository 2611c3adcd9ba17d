/** Reads who may do what from the settings and the file they name. Everything is checked before the hub listens. */

import { readFile } from 'node:fs/promises';
import { AccessRules } from '@kubeshark/contract';
import { parse } from 'yaml';
import type { Config } from '../config.ts';
import { HubError } from '../errors.ts';
import { Access } from './access.ts';
import { addressesOf } from './addresses.ts';
import { type AccessPolicy, everybody } from './identity.ts';

/** Undefined when access control is off; a sentence when the file cannot be used. */
export async function readPolicy(
  config: Pick<Config, 'accessFile' | 'trustedProxies'>,
): Promise<AccessPolicy | undefined | { readonly fault: string }> {
  const { accessFile, trustedProxies } = config;
  if (accessFile === undefined) return undefined;
  const proxies = addressesOf(trustedProxies);
  if ('fault' in proxies) return proxies;
  try {
    const parsed = AccessRules.safeParse(parse(await readFile(accessFile, 'utf8'), { maxAliasCount: 0 }) ?? {});
    if (!parsed.success) {
      const { path = [], message = '' } = parsed.error.issues[0] ?? {};
      return { fault: `${accessFile}: ${path.join('.')}: ${message}` };
    }
    const policy = { rules: parsed.data, proxies };
    return firstBadFilter(policy) ?? policy;
  } catch (error) {
    return { fault: `${accessFile}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** A filter that is no KFL would turn people away one by one; it is better told at the start. */
function firstBadFilter({ rules }: AccessPolicy): { readonly fault: string } | undefined {
  for (const { group, user, filter } of rules.rules) {
    try {
      // By itself: joined with namespaces, what it lacks might be taken from them.
      if (filter !== undefined) void new Access({ ...everybody, scope: filter });
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
      return { fault: `the rule for ${group ?? user}: ${error.message}` };
    }
  }
  return undefined;
}
