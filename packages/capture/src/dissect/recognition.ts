/**
 * Which protocol is this? Content decides: every dissector is shown the first bytes of each side that has spoken, and is
 * out as soon as one side does not fit. Ports order the asking, so that the likely one is asked first, and choose the
 * server's end where nothing else does. Without a SYN both ends may be the client, so both ways round are tried.
 */

import { protocolOf } from '@kubeshark/model';
import type { Direction } from '../reassembly/flow-table.ts';
import type { Dissector, Transport } from './dissector.ts';

/** First bytes by the direction they came in; empty while that end is silent. */
type Samples = readonly [Uint8Array, Uint8Array];

export interface Question {
  readonly samples: Samples;
  /** The client's direction when the handshake told it. */
  readonly client: Direction | null;
  /** Ports by direction: the port of the end that sends in it. */
  readonly ports: readonly [number, number];
  /** No more bytes will come to look at: a probe that asks for more has its answer. */
  readonly final: boolean;
  /** The beginning was not seen, or bytes were lost: a side may be in the middle of a message. */
  readonly midStream: boolean;
  /** Dissectors that already failed on these bytes. */
  readonly refused: ReadonlySet<Dissector> | null;
  readonly transport: Transport;
}

export type Answer =
  | { readonly kind: 'found'; readonly dissector: Dissector; readonly client: Direction }
  | { readonly kind: 'undecided' }
  | { readonly kind: 'unknown' };

const NOBODY: readonly Dissector[] = [];
const UNDECIDED: Answer = { kind: 'undecided' };
const UNKNOWN: Answer = { kind: 'unknown' };

/** Servers listen on lower ports; Linux takes the ports of clients from here on, others from 49152 (RFC 6335). */
const FIRST_EPHEMERAL_PORT = 32_768;

export class Recognition {
  private readonly dissectors: readonly Dissector[];
  private readonly byPort = new Map<number, Dissector[]>();
  /** The whole order by the one port that suggests something. */
  private readonly orders = new Map<number, readonly Dissector[]>();

  constructor(dissectors: readonly Dissector[]) {
    this.dissectors = dissectors;
    for (const dissector of dissectors) {
      for (const port of protocolOf(dissector.id)?.ports ?? []) {
        const others = this.byPort.get(port);
        if (others === undefined) this.byPort.set(port, [dissector]);
        else others.push(dissector);
      }
    }
  }

  recognise(question: Question): Answer {
    // Where ports do not tell, the end that spoke first is more often the client.
    const firstToSpeak = question.samples[0].length > 0 ? 0 : 1;
    const clients = clientsToTry(question.client, this.likelyClient(question.ports) ?? firstToSpeak);
    for (const dissector of this.inOrder(question.ports)) {
      if (question.refused?.has(dissector) || !dissector.transports.includes(question.transport)) continue;
      for (const client of clients) {
        const verdict = ask(dissector, client, question);
        if (verdict === 'yes') return { kind: 'found', dissector, client };
        // Nobody behind it is asked yet: who is first must not depend on how the stream was cut.
        if (verdict === 'more' && !question.final) return UNDECIDED;
      }
    }
    return UNKNOWN;
  }

  /** The end that looks like a client by its ports; the end that spoke first when the ports do not tell. */
  likelyClient(ports: readonly [number, number]): Direction | null {
    const [a, b] = ports;
    const known = [this.suggestedBy(a).length > 0, this.suggestedBy(b).length > 0] as const;
    if (known[0] !== known[1]) return known[0] ? 1 : 0;
    if (a === b || (a >= FIRST_EPHEMERAL_PORT && b >= FIRST_EPHEMERAL_PORT)) return null;
    return a < b ? 1 : 0;
  }

  /** Does the port suggest a protocol? */
  isKnownPort(port: number): boolean {
    return this.byPort.has(port);
  }

  private suggestedBy(port: number): readonly Dissector[] {
    return this.byPort.get(port) ?? NOBODY;
  }

  /** All dissectors, those that a port suggests first. */
  private inOrder([a, b]: readonly [number, number]): readonly Dissector[] {
    const suggestsA = this.suggestedBy(a).length > 0;
    if (!suggestsA && this.suggestedBy(b).length === 0) return this.dissectors;
    if (suggestsA && this.suggestedBy(b).length > 0) {
      return [...new Set([...this.suggestedBy(a), ...this.suggestedBy(b), ...this.dissectors])];
    }
    const port = suggestsA ? a : b;
    let order = this.orders.get(port);
    if (order === undefined) {
      order = [...new Set([...this.suggestedBy(port), ...this.dissectors])];
      this.orders.set(port, order);
    }
    return order;
  }
}

function clientsToTry(known: Direction | null, likely: Direction | null): readonly Direction[] {
  if (known !== null) return [known];
  return likely === 1 ? [1, 0] : [0, 1];
}

/**
 * The answer for both sides together: one that does not fit is enough to refuse, one that fits to take it. In the middle
 * of a stream a side that does not fit may be inside a message, and the other's word counts.
 */
function ask(dissector: Dissector, client: Direction, { samples, midStream }: Question): 'yes' | 'no' | 'more' {
  let fits = false;
  let refused = false;
  let open = false;
  for (const direction of [0, 1] as const) {
    const sample = samples[direction];
    if (sample.length === 0) continue;
    const verdict = dissector.probe(sample, direction === client ? 'client' : 'server');
    if (verdict === 'yes') fits = true;
    else if (verdict === 'no') refused = true;
    else open = true;
  }
  if (refused && !(midStream && (fits || open))) return 'no';
  return fits ? 'yes' : 'more';
}
