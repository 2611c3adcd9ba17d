/** The way into a cluster: kubectl as a child process, which knows contexts, credentials and proxies as its user set them up. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const FRONT_SERVICE = 'kubeshark-front';
export const DEFAULT_NAMESPACE = 'kubeshark';
const SERVICE_PORT = 80;
/** An API server that is away is not waited for. */
const ASK_SECONDS = 5;
/** kubectl has to reach the API server, the node and the pod. */
const FORWARD_MILLIS = 20_000;

export interface ClusterPlace {
  /** kubectl's current one when absent. */
  readonly context?: string | undefined;
  readonly namespace?: string | undefined;
}

/** A hub in a cluster, as long as this process lives; or why there is none. */
export type Forward = { readonly url: string; readonly context: string } | NoForward;
export interface NoForward {
  readonly reason: string;
  /** Nobody here works with a cluster: not worth a word. */
  readonly isQuiet?: boolean;
}

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Undefined when it is not installed. */
async function kubectl(words: readonly string[]): Promise<Outcome | undefined> {
  const child = spawn('kubectl', words, { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, out, err };
  } catch {
    // Not there, or not executable.
    return undefined;
  }
}

/** kubectl's last line says what is wrong; those before are its tries. */
const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';

const contextWords = (context: string | undefined): string[] => (context === undefined ? [] : ['--context', context]);

/** Words of a port-forward to the hub; port 0 lets kubectl choose. */
const forwardWords = ({ context, namespace = DEFAULT_NAMESPACE }: ClusterPlace, port: number): string[] => [
  ...contextWords(context),
  ...['port-forward', '--namespace', namespace, `svc/${FRONT_SERVICE}`, `${port === 0 ? '' : port}:${SERVICE_PORT}`],
];

/** Is there a hub in the cluster? The context it was asked in, else why not. */
export async function lookForHub(place: ClusterPlace): Promise<{ readonly context: string } | NoForward> {
  const { namespace = DEFAULT_NAMESPACE } = place;
  const current = await kubectl(['config', 'current-context']);
  if (current === undefined) return { reason: 'kubectl is not here', isQuiet: place.context === undefined };
  const context = place.context ?? current.out.trim();
  if (context === '' || (place.context === undefined && current.code !== 0))
    return { reason: 'kubectl has no current context', isQuiet: true };
  const words = ['get', 'service', FRONT_SERVICE, '--namespace', namespace, '-o', 'name'];
  const asked = await kubectl(['--context', context, ...words, `--request-timeout=${ASK_SECONDS}s`]);
  if (asked?.code === 0) return { context };
  const why = lastLine(asked?.err ?? '');
  return {
    reason: /NotFound/.test(why)
      ? `context ${context} has no service ${FRONT_SERVICE} in namespace ${namespace}`
      : `kubectl cannot ask context ${context}: ${why}`,
  };
}

/** Brings the hub of a cluster to a port of this machine until this process ends. */
export async function forwardHub(place: ClusterPlace): Promise<Forward> {
  const looked = await lookForHub(place);
  if ('reason' in looked) return looked;
  const { context } = looked;
  // A group of its own: Ctrl-C reaches this process, which still has to fetch what it was asked for.
  const child = spawn('kubectl', forwardWords({ ...place, context }, 0), {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  process.once('exit', () => child.kill());
  child.unref();
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err = `${err}${text}`.slice(-1000);
  });
  const ready = Promise.withResolvers<Forward>();
  const fail = (why: string) => ready.resolve({ reason: `kubectl port-forward in context ${context} failed: ${why}` });
  const timer = setTimeout(() => {
    fail(`no answer within ${FORWARD_MILLIS / 1000} s`);
    child.kill();
  }, FORWARD_MILLIS);
  createInterface({ input: child.stdout }).on('line', (line) => {
    const port = /^Forwarding from 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (port !== undefined) ready.resolve({ url: `http://127.0.0.1:${port}`, context });
  });
  child.on('error', (error) => fail(error.message));
  child.on('close', () => fail(lastLine(err) || 'it ended'));
  const forward = await ready.promise;
  clearTimeout(timer);
  return forward;
}

/** The same for people, on a port they chose, until they end it; answers its exit code, null for a signal. */
export async function holdForward(place: ClusterPlace, port: number, onReady: () => void): Promise<number | null> {
  const child = spawn('kubectl', forwardWords(place, port), { stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.once('data', onReady);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal));
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}
