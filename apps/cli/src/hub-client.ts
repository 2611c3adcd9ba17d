/** Talking to a hub: REST by the contract's table, problems as Failures. */

import { type Endpoint, Problem } from '@kubeshark/contract';
import type { z } from 'zod';
import { Failure } from './failure.ts';

export const DEFAULT_HUB = 'http://127.0.0.1:8899';

interface Arguments {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
}

function addressOf(hub: string, { path }: Endpoint, { params = {}, query = {} }: Arguments): URL {
  const filled = path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const url = new URL(filled, hub);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
  return url;
}

/** Calls an endpoint of the hub at `hub`. */
export async function call<const E extends Endpoint>(
  hub: string,
  endpoint: E,
  args: Arguments = {},
): Promise<z.output<E['response']>> {
  const answer = await fetch(addressOf(hub, endpoint, args), {
    method: endpoint.method,
    ...(args.body !== undefined && {
      body: JSON.stringify(args.body),
      headers: { 'content-type': 'application/json' },
    }),
  }).catch((error: unknown) => {
    throw notReachable(hub, error);
  });
  const body: unknown = await answer.json().catch(() => undefined);
  if (answer.ok) return endpoint.response.parse(body) as z.output<E['response']>;
  const problem = Problem.safeParse(body).data;
  if (problem === undefined)
    throw new Failure('address', `${hub} answers, but not like a Kubeshark hub (${answer.status}).`);
  const kind = problem.code === 'KS_BAD_QUERY' || problem.code === 'KS_BAD_REQUEST' ? 'usage' : 'trouble';
  throw new Failure(kind, `${problem.message} (${problem.code})`);
}

export function notReachable(hub: string, cause?: unknown): Failure {
  return new Failure(
    'address',
    `No hub answers at ${hub}. Start one with kubeshark serve, or name another with --hub.`,
    {
      cause,
    },
  );
}
