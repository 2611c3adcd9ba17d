/** What calls are grouped by, as one object for all calls of a group: no table is asked with a text for each of them. */

import { piece } from '../json/json-writer.ts';

export class CallGroup {
  readonly endpoint: string;
  private method = '';
  private json: Uint8Array | null = null;
  /** Whoever sums up calls may keep here what it knows of the group; the engine does not look at it. */
  note: object | null = null;

  constructor(endpoint: string) {
    this.endpoint = endpoint;
  }

  /** Method and endpoint of a call, written; calls of one group have nearly always the same method. */
  names(method: string): Uint8Array {
    if (this.json !== null && method === this.method) return this.json;
    this.method = method;
    this.json = piece(`,"method":${JSON.stringify(method)},"endpoint":${JSON.stringify(this.endpoint)},"summary":`);
    return this.json;
  }
}
