/** Talking to a hub: REST by the contract's table, problems as Failures. */

import { type Endpoint, endpoints, Problem } from '@kubeshark/contract';
import type { z } from 'zod';
import { Failure } from './failure.ts';

interface Arguments {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** A Blob is sent as it is. */
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
  const answer = await send(hub, endpoint, args);
  const body: unknown = await answer.json().catch(() => undefined);
  const parsed = endpoint.response.safeParse(body);
  if (!parsed.success) throw notOurs(hub, answer.status);
  return parsed.data as z.output<E['response']>;
}

/** A file of the hub: its bytes as they come, and how many there will be when that is known. */
export async function download(
  hub: string,
  endpoint: Endpoint,
  args: Arguments & { readonly signal?: AbortSignal } = {},
): Promise<{ readonly size: number | undefined; readonly bytes: AsyncIterable<Uint8Array> }> {
  const answer = await send(hub, endpoint, args);
  const length = answer.headers.get('content-length');
  return { size: length === null ? undefined : Number(length), bytes: bytesOf(answer) };
}

async function* bytesOf({ body }: Response): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  try {
    yield* body as unknown as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw new Failure('trouble', 'The hub broke off in the middle; its log says why.', { cause: error });
  }
}

/** The hub's answer; a Failure when nobody answers, or with a problem. */
async function send(
  hub: string,
  endpoint: Endpoint,
  { signal, ...args }: Arguments & { readonly signal?: AbortSignal },
): Promise<Response> {
  const answer = await fetch(addressOf(hub, endpoint, args), {
    method: endpoint.method,
    ...(signal !== undefined && { signal }),
    ...(args.body instanceof Blob && { body: args.body, headers: { 'content-type': 'application/octet-stream' } }),
    ...(args.body !== undefined &&
      !(args.body instanceof Blob) && {
        body: JSON.stringify(args.body),
        headers: { 'content-type': 'application/json' },
      }),
  }).catch((error: unknown) => {
    throw notReachable(hub, error);
  });
  if (answer.ok) return answer;
  const problem = Problem.safeParse(await answer.json().catch(() => undefined)).data;
  if (problem === undefined) throw notOurs(hub, answer.status);
  const kind = problem.code === 'KS_BAD_QUERY' || problem.code === 'KS_BAD_REQUEST' ? 'usage' : 'trouble';
  throw new Failure(kind, `${problem.message} (${problem.code})`);
}

const notOurs = (hub: string, status: number) =>
  new Failure('address', `${hub} answers, but not like a Kubeshark hub (${status}).`);

/** Whether a hub answers there: without one this machine is captured. */
export async function isHubThere(hub: string): Promise<boolean> {
  try {
    await call(hub, endpoints.version);
    return true;
  } catch {
    // Nobody there, or somebody else.
    return false;
  }
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
