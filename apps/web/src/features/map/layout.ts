/** Places for the nodes of a map, found in a worker so that the page does not stand still. */

export interface LayoutRequest {
  readonly nodes: readonly { readonly id: string; readonly parent?: string | undefined; readonly width: number }[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
  /** Where nodes stand already; they move as little as can be. */
  readonly known: Readonly<Record<string, Place>>;
}

export interface Place {
  readonly x: number;
  readonly y: number;
}

export type LayoutAnswer = Readonly<Record<string, Place>>;

/** Asks for a layout; the function given back forgets the question. */
export function layoutInWorker(request: LayoutRequest, done: (places: LayoutAnswer) => void): () => void {
  const worker = new Worker(new URL('./layout-worker.ts', import.meta.url), { type: 'module' });
  worker.addEventListener('message', (event: MessageEvent<LayoutAnswer>) => {
    worker.terminate();
    done(event.data);
  });
  worker.postMessage(request);
  return () => worker.terminate();
}
