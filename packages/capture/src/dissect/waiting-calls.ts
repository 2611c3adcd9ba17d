/** Calls that wait for their answer in one conversation, oldest first: a list that they are themselves, so that none has to be made. */

/** A call that knows the one behind it. */
export interface Waiting<Call> {
  next: Call | null;
}

export class WaitingCalls<Call extends Waiting<Call>> {
  oldest: Call | null = null;
  size = 0;
  private youngest: Call | null = null;

  add(call: Call): void {
    if (this.youngest === null) this.oldest = call;
    else this.youngest.next = call;
    this.youngest = call;
    this.size++;
  }

  /** The call is among them. */
  remove(call: Call): void {
    let before: Call | null = null;
    for (let one = this.oldest; one !== call && one !== null; one = one.next) before = one;
    if (before === null) this.oldest = call.next;
    else before.next = call.next;
    if (this.youngest === call) this.youngest = before;
    call.next = null;
    this.size--;
  }
}
