import type { Body } from '@kubeshark/model';
import type { BodyModel, BodyViewer } from '../../lib/body/model.ts';

/** Reads a body in a worker of its own; the function given back ends it. */
export function readInWorker(body: Body, viewer: BodyViewer, done: (model: BodyModel) => void): () => void {
  const worker = new Worker(new URL('./body-worker.ts', import.meta.url), { type: 'module' });
  const finish = (model: BodyModel) => {
    worker.terminate();
    done(model);
  };
  worker.addEventListener('message', (event: MessageEvent<BodyModel>) => finish(event.data));
  worker.addEventListener('error', (event) => finish({ kind: 'fault', reason: event.message }));
  worker.postMessage({ body, viewer });
  return () => worker.terminate();
}
