/** What calls are grouped by, as one object for all calls of a group: no table is asked with a text for each of them. */

export class CallGroup {
  readonly endpoint: string;
  /** Whoever sums up calls may keep here what it knows of the group; the engine does not look at it. */
  note: object | null = null;

  constructor(endpoint: string) {
    this.endpoint = endpoint;
  }
}
