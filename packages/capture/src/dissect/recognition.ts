/**
 * Which protocol is this? Content decides: every dissector is shown the first bytes of each side that has spoken, and is
 * out as soon as one side does not fit. Ports order the asking, so that the likely one is asked first, and choose the
 * server's end where nothing else does. What answered at a port before is asked early too. Without a SYN both ends may be
 * the client, so both ways round are tried.
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

interface Found {
  readonly kind: 'found';
  readonly dissector: Dissector;
  readonly client: Direction;
}

export type Answer = Found | { readonly kind: 'undecided' } | { readonly kind: 'unknown' };

const NOBODY: readonly Candidate[] = [];
const UNDECIDED: Answer = { kind: 'undecided' };
const UNKNOWN: Answer = { kind: 'unknown' };
const ONLY_LOW: readonly Direction[] = [0];
const ONLY_HIGH: readonly Direction[] = [1];
const LOW_FIRST: readonly Direction[] = [0, 1];
const HIGH_FIRST: readonly Direction[] = [1, 0];

/** All there are: what is known of servers takes a byte of each, whatever is sent. */
const PORTS = 65_536;
/** Servers listen on lower ports; Linux takes the ports of clients from here on, others from 49152 (RFC 6335). */
const FIRST_EPHEMERAL_PORT = 32_768;

/** A dissector that may be asked, and the answers that name it, by the client's direction. */
interface Candidate {
  readonly dissector: Dissector;
  readonly found: readonly [Found, Found];
}

/** All candidates; the first `suggested` of them are those of the ports. */
interface Order {
  readonly candidates: readonly Candidate[];
  readonly suggested: number;
}

export class Recognition {
  /** In the order of asking when no port suggests one. */
  private readonly inGeneral: Order;
  private readonly byPort = new Map<number, readonly Candidate[]>();
  /** By the ports that suggest something: a handful are well known, and so are few pairs of them. */
  private readonly orders = new Map<number, Order>();
  /** Counted from one. */
  private readonly placeOf = new Map<Dissector, number>();
  /** What the last server at each port was recognised as: a dissector's place, 0 for nothing. */
  private readonly knownAt = new Uint8Array(PORTS);

  constructor(dissectors: readonly Dissector[]) {
    const candidates = dissectors.map((dissector, index): Candidate => {
      this.placeOf.set(dissector, index + 1);
      const found = (client: Direction): Found => ({ kind: 'found', dissector, client });
      return { dissector, found: [found(0), found(1)] };
    });
    this.inGeneral = { candidates, suggested: 0 };
    for (const candidate of candidates) {
      for (const port of protocolOf(candidate.dissector.id)?.ports ?? []) {
        this.byPort.set(port, [...this.suggestedBy(port), candidate]);
      }
    }
  }

  recognise(question: Question): Answer {
    const answer = this.answerTo(question);
    if (answer.kind === 'found' && !question.midStream) {
      this.remember(answer.dissector, question.ports[answer.client === 0 ? 1 : 0]);
    }
    return answer;
  }

  /** The server at a port speaks the dissector's protocol. */
  remember(dissector: Dissector, port: number): void {
    this.knownAt[port] = this.placeOf.get(dissector) ?? 0;
  }

  private answerTo(question: Question): Answer {
    const { samples, ports } = question;
    // Where ports do not tell, the end that spoke first is more often the client.
    const firstToSpeak = samples[0].length > 0 ? 0 : 1;
    const clients = clientsToTry(question.client, this.likelyClient(ports) ?? firstToSpeak);
    const { candidates, suggested } = this.inOrder(ports);
    let asked = 0;
    for (const candidate of candidates) {
      if (asked++ === suggested) {
        const known = this.askKnown(question, clients);
        if (known !== null) return known;
      }
      if (!mayBe(candidate, question)) continue;
      for (const client of clients) {
        const verdict = ask(candidate.dissector, client, question);
        if (verdict === 'yes') return candidate.found[client];
        // Nobody behind it is asked yet: who is first must not depend on how the stream was cut.
        if (verdict === 'more' && !question.final) return UNDECIDED;
      }
    }
    return UNKNOWN;
  }

  /**
   * Asks what the server at that port was before. Only its yes counts: while it cannot say, and when it refuses, all are asked
   * as if nothing were known, so that no stream waits for it.
   */
  private askKnown(question: Question, clients: readonly Direction[]): Answer | null {
    for (const client of clients) {
      const place = this.knownAt[question.ports[client === 0 ? 1 : 0]] ?? 0;
      const candidate = place === 0 ? undefined : this.inGeneral.candidates[place - 1];
      if (candidate === undefined || !mayBe(candidate, question)) continue;
      if (ask(candidate.dissector, client, question) === 'yes') return candidate.found[client];
    }
    return null;
  }

  /** The end that looks like a client by its ports; the end that spoke first when the ports do not tell. */
  likelyClient(ports: readonly [number, number]): Direction | null {
    const [a, b] = ports;
    const known = [this.suggestedBy(a).length > 0, this.suggestedBy(b).length > 0] as const;
    if (known[0] !== known[1]) return known[0] ? 1 : 0;
    if (a === b || (a >= FIRST_EPHEMERAL_PORT && b >= FIRST_EPHEMERAL_PORT)) return null;
    return a < b ? 1 : 0;
  }

  /** What the last server at a port was recognised as, where the port suggests nothing by itself. */
  knownServer(port: number): Dissector | null {
    const place = this.knownAt[port] ?? 0;
    if (place === 0 || this.isKnownPort(port)) return null;
    return this.inGeneral.candidates[place - 1]?.dissector ?? null;
  }

  /** Does the port suggest a protocol? */
  isKnownPort(port: number): boolean {
    return this.byPort.has(port);
  }

  private suggestedBy(port: number): readonly Candidate[] {
    return this.byPort.get(port) ?? NOBODY;
  }

  /** All candidates, those that a port suggests first. */
  private inOrder([a, b]: readonly [number, number]): Order {
    const key = (this.byPort.has(a) ? a * PORTS : 0) + (this.byPort.has(b) ? b : 0);
    if (key === 0) return this.inGeneral;
    let order = this.orders.get(key);
    if (order === undefined) {
      const suggested = new Set([...this.suggestedBy(a), ...this.suggestedBy(b)]);
      const candidates = [...new Set([...suggested, ...this.inGeneral.candidates])];
      order = { candidates, suggested: suggested.size };
      this.orders.set(key, order);
    }
    return order;
  }
}

function mayBe({ dissector }: Candidate, { refused, transport }: Question): boolean {
  return dissector.transports.includes(transport) && refused?.has(dissector) !== true;
}

function clientsToTry(known: Direction | null, likely: Direction): readonly Direction[] {
  if (known !== null) return known === 0 ? ONLY_LOW : ONLY_HIGH;
  return likely === 0 ? LOW_FIRST : HIGH_FIRST;
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
