/**
 * Who is asking. Authelia's forward-auth headers say so, and only when the connection itself comes from a proxy that the
 * settings name; a port-forward ends on loopback. https://www.authelia.com/integration/trusted-header-sso/introduction/
 */

import type { IncomingHttpHeaders } from 'node:http';
import {
  type AccessRule,
  type AccessRules,
  Capability,
  type Me,
  type Role,
  roleCapabilities,
} from '@kubeshark/contract';
import { type Addresses, isLoopback } from './addresses.ts';

export interface Peer {
  /** Address at the other end of the connection; never one that a header names. */
  readonly address: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

export interface AccessPolicy {
  readonly rules: AccessRules;
  readonly proxies: Addresses;
}

export type Recognised =
  | { readonly kind: 'known'; readonly me: Me }
  /** Nobody is signed in, or no rule fits who is. */
  | { readonly kind: 'nobody'; readonly why: string }
  /** Identity headers from an address that may not send them. */
  | { readonly kind: 'forged' };

const identityHeaders = ['remote-user', 'remote-groups', 'remote-name', 'remote-email'] as const;
/** A header is at most 16 kB with Node's default; more groups than this are a mistake. */
const MAX_GROUPS = 1_000;

/** Access control is off: whoever reaches this address may do everything, which is why it is loopback by default. */
export const everybody: Me = {
  user: 'anonymous',
  groups: [],
  role: 'admin',
  capabilities: [...Capability.options],
  source: 'none',
};

function textOf(headers: IncomingHttpHeaders, name: (typeof identityHeaders)[number]): string | undefined {
  const value = headers[name];
  const text = (Array.isArray(value) ? value.join(',') : value)?.trim();
  return text === '' ? undefined : text;
}

/** `"shop" in namespaces or "web" in namespaces`, and the rule's own filter. */
function scopeOf({ namespaces, filter }: AccessRule): string | undefined {
  const parts = [
    ...(namespaces === undefined ? [] : [namespaces.map((name) => `"${name}" in namespaces`).join(' or ')]),
    ...(filter === undefined || filter.trim() === '' ? [] : [filter.trim()]),
  ];
  if (parts.length < 2) return parts[0];
  return parts.map((part) => `(${part})`).join(' and ');
}

const meOf = (who: Pick<Me, 'user' | 'groups' | 'source'>, role: Role): Me => ({
  ...who,
  role,
  capabilities: [...roleCapabilities[role]],
});

export function recognise({ address, headers }: Peer, { rules, proxies }: AccessPolicy): Recognised {
  if (proxies.has(address)) return fromProxy(headers, rules);
  if (identityHeaders.some((name) => headers[name] !== undefined)) return { kind: 'forged' };
  if (isLoopback(address) && rules.loopback !== 'none')
    return { kind: 'known', me: meOf({ user: 'port-forward', groups: [], source: 'loopback' }, rules.loopback) };
  return { kind: 'nobody', why: 'Nobody is signed in. Open the address of the proxy.' };
}

function fromProxy(headers: IncomingHttpHeaders, { rules }: AccessRules): Recognised {
  const user = textOf(headers, 'remote-user');
  if (user === undefined) return { kind: 'nobody', why: 'The proxy says nobody is signed in.' };
  const groups = (textOf(headers, 'remote-groups') ?? '')
    .split(',')
    .map((group) => group.trim())
    .filter((group) => group !== '')
    .slice(0, MAX_GROUPS);
  const rule = rules.find((each) => each.user === user || each.group === '*' || groups.includes(each.group ?? ''));
  if (rule === undefined) return { kind: 'nobody', why: `No rule gives ${user} a role. Ask an administrator.` };
  const name = textOf(headers, 'remote-name');
  const email = textOf(headers, 'remote-email');
  const scope = scopeOf(rule);
  return {
    kind: 'known',
    me: {
      ...meOf({ user, groups, source: 'proxy' }, rule.role),
      ...(name !== undefined && { name }),
      ...(email !== undefined && { email }),
      ...(scope !== undefined && { scope }),
    },
  };
}
