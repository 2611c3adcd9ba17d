/** Commands whose reply has not come: the usual ones as their bytes, the others with what is to be known of them meanwhile. */

import { Spares } from '../../http/spares.ts';
import { PlainCall } from './call.ts';
import type { Command } from './describe.ts';

export interface Unusual extends Command {
  /** Replies still to come: SUBSCRIBE is confirmed once for each channel. Infinite for leaving all there are. */
  replies: number;
}

/** Calls that are over, of all connections. */
const spares = new Spares<PlainCall>();

export class WaitingCommands {
  readonly #commands: (Unusual | PlainCall)[] = [];

  get length(): number {
    return this.#commands.length;
  }

  /** The oldest. */
  get next(): Unusual | PlainCall | undefined {
    return this.#commands[0];
  }

  /** The oldest, when it is one of the usual. */
  get nextPlain(): PlainCall | null {
    const [next] = this.#commands;
    return next instanceof PlainCall ? next : null;
  }

  /** Has the oldest this name? None of those that are asked for is usual. */
  isNext(name: string): boolean {
    const [next] = this.#commands;
    return next !== undefined && !(next instanceof PlainCall) && next.name === name;
  }

  add(command: Unusual | PlainCall): void {
    this.#commands.push(command);
  }

  /** Takes the oldest out. */
  shift(): void {
    this.#commands.shift();
  }

  /** The same for an exchange that is not usual. */
  take(): Command | undefined {
    const next = this.#commands.shift();
    if (!(next instanceof PlainCall)) return next;
    const command = next.command();
    this.retire(next);
    return command;
  }

  begin(): PlainCall {
    return spares.take() ?? new PlainCall();
  }

  /** Takes back a call that nobody holds any more. */
  retire(call: PlainCall): void {
    call.release();
    spares.give(call);
  }

  /** What was borrowed goes away. */
  settle(): void {
    for (const command of this.#commands) if (command instanceof PlainCall) command.keep();
  }
}
