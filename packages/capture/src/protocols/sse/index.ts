/** Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): one call with a series of events. */

import type { JsonObject } from '@kubeshark/model';
import type { HttpExchange } from '../../http/exchange.ts';
import type { HttpRefiner, Refinement } from '../../http/refiner.ts';

/** Events listed of one stream; the rest is counted. */
const MAX_EVENTS = 200;
/** Event types told of one stream. */
const MAX_TYPES = 32;

interface EventStream {
  readonly events: readonly JsonObject[];
  readonly count: number;
  readonly types: readonly string[];
  readonly lastEventId: string | undefined;
}

/** Events of a stream's text; the last one counts only when its empty line is there. */
export function readEvents(text: string): EventStream {
  const events: JsonObject[] = [];
  const types = new Set<string>();
  let count = 0;
  let lastEventId: string | undefined;
  const blocks = text.replace(/^\ufeff/, '').split(/\r\n\r\n|\n\n|\r\r/);
  for (const block of blocks.slice(0, -1)) {
    const data: string[] = [];
    let type = 'message';
    for (const line of block.split(/\r\n|\n|\r/)) {
      const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
      if (field === 'data') data.push(value);
      else if (field === 'event') type = value;
      else if (field === 'id') lastEventId = value;
    }
    if (data.length === 0) continue;
    count += 1;
    if (types.size < MAX_TYPES) types.add(type);
    if (events.length < MAX_EVENTS)
      events.push({ type, data: data.join('\n'), ...(lastEventId !== undefined && { id: lastEventId }) });
  }
  return { events, count, types: [...types], lastEventId };
}

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
