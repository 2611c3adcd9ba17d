/** Reads big bodies beside the page, so that the list goes on while a megabyte of JSON is taken apart. */

import type { Body } from '@kubeshark/model';
import { type BodyViewer, readBody } from '../../lib/body/model.ts';

self.addEventListener('message', (event: MessageEvent<{ readonly body: Body; readonly viewer: BodyViewer }>) => {
  self.postMessage(readBody(event.data.body, event.data.viewer));
});
