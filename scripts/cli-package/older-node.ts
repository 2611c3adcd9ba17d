/** What the packaged command uses of newer Nodes, where it is missing: Node 20 is the oldest it runs on. */

function withResolvers<T>() {
  let resolve: (value: T | PromiseLike<T>) => void = () => undefined;
  let reject: (reason?: unknown) => void = () => undefined;
  const promise = new Promise<T>((take, refuse) => {
    resolve = take;
    reject = refuse;
  });
  return { promise, resolve, reject };
}

function parse(text: string | URL, base?: string | URL): URL | null {
  try {
    return new URL(text, base);
  } catch {
    // What the newer function answers for a text that is no address.
    return null;
  }
}

if (!('withResolvers' in Promise)) Object.assign(Promise, { withResolvers });
if (!('parse' in URL)) Object.assign(URL, { parse });
if (!('WebSocket' in globalThis)) Object.assign(globalThis, { WebSocket: (await import('ws')).WebSocket });
