/** Whole entries from a few values, so that a test says only what it is about. */

type Holder = Record<string, unknown>;

/** Sets a value at a dotted path, making the objects on the way. */
function put(holder: Holder, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let at = holder;
  for (const key of keys) {
    if (typeof at[key] !== 'object' || at[key] === null) at[key] = {};
    at = at[key] as Holder;
  }
  at[last] = value;
}

/** Microseconds of the first test entry: 2026-11-23T10:00:00Z. */
const BASE_TIME = Date.UTC(2026, 10, 23, 10) * 1000;

/**
 * An entry as the agent would send it: what the values do not say has the plainest value. `status`, `latency` and
 * `method` repeat what request and response say.
 */
export function anEntry(index: number, values: Readonly<Record<string, unknown>>): Holder {
  const entry: Holder = {
    id: String((BigInt(BASE_TIME) + BigInt(index)) * 4096n + 1n),
    timestamp: BASE_TIME + index * 1_000_000,
    node: 'worker-1',
    protocol: 'tcp',
    protocols: ['tcp'],
    src: { ip: '10.0.0.1', port: 40_000 },
    dst: { ip: '10.0.0.2', port: 80 },
    request: null,
    response: null,
    method: 'none',
    endpoint: 'none',
    summary: 'none',
    status: null,
    error: false,
    latency: null,
    connection: { id: 'c-1', transport: 'tcp', index: 0 },
    capture: { source: 'file' },
  };
  for (const [path, value] of Object.entries(values)) put(entry, path, value);
  const { request, response } = entry as { request: Holder | null; response: Holder | null };
  if (request !== null) {
    request['size'] ??= 100;
    entry['method'] = values['method'] ?? request['method'] ?? 'none';
  }
  if (response !== null) {
    response['size'] ??= 200;
    entry['status'] = response['status'] ?? null;
    entry['latency'] = response['latency'] ?? null;
  }
  return entry;
}
