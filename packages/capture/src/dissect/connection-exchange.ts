/** Connections nobody could read, or that failed: shown as entries of their own, so that nothing vanishes. */

import type { Body, Micros } from '@kubeshark/model';
import type { Description, Exchange } from './dissector.ts';
import type { Unread } from './unread.ts';

export type ConnectionState = 'open' | 'closed' | 'refused' | 'reset' | 'unanswered';

/** What is known of one end's bytes. */
interface Sent {
  readonly bytes: number;
  readonly unread: Unread | null;
}

export interface ConnectionStory {
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly firstAt: Micros;
  readonly state: ConnectionState;
  readonly serverPort: number;
  readonly client: Sent;
  readonly server: Sent;
  /** Why it is not shown as calls. */
  readonly reason: string;
  /** What the network said of a failed connect; empty when it said nothing. */
  readonly unreachable: string;
  /** Datagrams of UDP, messages of SCTP. */
  readonly datagrams: number;
}

const failures: Partial<Record<ConnectionState, string>> = {
  refused: 'connection refused',
  reset: 'connection reset',
  unanswered: 'no answer to SYN (timeout)',
};
/** What opens a connection, and how it is broken off, by another name. */
const sctpFailures: typeof failures = {
  refused: 'association refused',
  reset: 'association aborted',
  unanswered: 'no answer to INIT (timeout)',
};

export class ConnectionExchange implements Exchange {
  private readonly story: ConnectionStory;
  readonly requestStart: Micros;
  readonly requestEnd = null;
  readonly responseStart = null;
  readonly responseEnd = null;
  readonly gap = 0;
  readonly truncated = false;

  constructor(story: ConnectionStory) {
    this.story = story;
    this.requestStart = story.firstAt;
  }

  get protocol(): 'tcp' | 'udp' | 'sctp' {
    return this.story.protocol;
  }

  get requestSize(): number {
    return this.story.client.bytes;
  }

  get responseSize(): number {
    return this.story.server.bytes;
  }

  get status(): string | null {
    return this.story.protocol === 'udp' ? null : this.story.state;
  }

  get error(): boolean {
    return this.story.state in failures || this.story.unreachable !== '';
  }

  endpoint(): string {
    return `${this.story.protocol}/${this.story.serverPort}`;
  }

  describe(): Description {
    const { protocol, state, client, server, reason, unreachable, datagrams } = this.story;
    const failure = unreachable === '' ? (protocol === 'sctp' ? sctpFailures : failures)[state] : unreachable;
    return {
      protocols: [protocol],
      method: '',
      endpoint: this.endpoint(),
      summary: failure ?? `${client.bytes} bytes sent, ${server.bytes} received${reason === '' ? '' : `: ${reason}`}`,
      ...(failure !== undefined && { errorText: failure }),
      request: { size: client.bytes, ...bodyOf(client) },
      response: server.bytes === 0 ? null : { size: server.bytes, ...bodyOf(server) },
      data: {
        [protocol]: {
          ...(protocol !== 'udp' && { state, ...(reason !== '' && { reason }) }),
          ...(protocol === 'udp' && { datagrams }),
          ...(protocol === 'sctp' && { messages: datagrams }),
        },
      },
    };
  }
}

function bodyOf({ unread }: Sent): { readonly body?: Body } {
  if (unread === null || unread.length === 0) return {};
  const { first, length } = unread;
  const base64 = Buffer.from(first.buffer, first.byteOffset, first.length).toString('base64');
  return { body: { size: length, base64, ...(first.length < length && { truncated: true }) } };
}
