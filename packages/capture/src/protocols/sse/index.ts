/** Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): one call with a series of events. */

import { readEvents } from '../../decode/event-stream.ts';
import type { HttpExchange } from '../../http/exchange.ts';
import type { HttpRefiner, Refinement } from '../../http/refiner.ts';

class SseRefinement implements Refinement {
  readonly protocol = 'sse';
  readonly #call: HttpExchange;

  constructor(call: HttpExchange) {
    this.#call = call;
  }

  describe(): ReturnType<Refinement['describe']> {
    const { events, count, types, lastEventId } = readEvents(this.#call.response?.text() ?? '');
    return {
      response: { messages: events },
      data: { sse: { events: count, types, ...(lastEventId !== undefined && { lastEventId }) } },
    };
  }
}

export const sse: HttpRefiner = {
  id: 'sse',
  reads: ({ response }) => response === 'text/event-stream',
  refine: (call) => new SseRefinement(call),
};
