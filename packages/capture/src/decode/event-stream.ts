/** The format of event streams (https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream). */

/** Events listed of one stream; the rest is counted. */
const MAX_EVENTS = 200;
/** Event types told of one stream. */
const MAX_TYPES = 32;

interface StreamEvent {
  /** `message` where the server names none. */
  readonly type: string;
  readonly data: string;
  readonly id?: string;
}

interface EventStream {
  readonly events: readonly StreamEvent[];
  readonly count: number;
  readonly types: readonly string[];
  readonly lastEventId: string | undefined;
}

/** Events of a stream's text; the last one counts only when its empty line is there. */
export function readEvents(text: string): EventStream {
  const events: StreamEvent[] = [];
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
