/** What the contract suite and `pnpm fuzz contract` hold every protocol to: recorded conversations, and ways to damage them. */

import type { DissectOptions, Turn } from './conversation.ts';
import { type Conversation, conversationsOf, fixtures } from './fixtures.ts';

export interface Subject extends Conversation {
  readonly label: string;
  readonly protocol: string;
  readonly options: DissectOptions;
}

export const subjects: readonly Subject[] = fixtures.flatMap((fixture) =>
  conversationsOf(fixture).map((conversation, index) => {
    const { transport, clientPort, serverPort } = conversation;
    const options = { transport, clientPort, serverPort, keyLog: fixture.keyLog };
    return { ...conversation, label: `${fixture.name} #${index}`, protocol: fixture.protocol, options };
  }),
);

export type Change = readonly [turn: number, at: number, value: number];

/** The conversation with bytes changed and turns cut short. */
export function mutate(turns: readonly Turn[], changes: readonly Change[]): Turn[] {
  const changed = turns.map((turn) => ({ ...turn, bytes: turn.bytes.slice() }));
  for (const [index, at, value] of changes) {
    const turn = changed[index % changed.length];
    if (turn === undefined) continue;
    // Every tenth change cuts the turn short instead.
    if (value % 10 === 0) turn.bytes = turn.bytes.subarray(0, at % (turn.bytes.length + 1));
    else if (turn.bytes.length > 0) turn.bytes[at % turn.bytes.length] = value;
  }
  return changed;
}
