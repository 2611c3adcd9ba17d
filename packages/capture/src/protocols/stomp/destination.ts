/** Where messages go: destinations come again and again, with the endpoints of what is said about them. */

import { foldIds } from '../../decode/fold-ids.ts';
import { Remembered } from '../../decode/remembered.ts';

class Destination {
  readonly #folded: string;
  readonly #endpoints = new Map<string, string>();

  constructor(text: string) {
    this.#folded = foldIds(text);
  }

  endpointOf(command: string): string {
    let endpoint = this.#endpoints.get(command);
    if (endpoint === undefined) {
      endpoint = `${command} ${this.#folded}`;
      this.#endpoints.set(command, endpoint);
    }
    return endpoint;
  }
}

/** Commands are few. */
const destinations = new Remembered((text) => new Destination(text), { texts: 4096, characters: 256 });

/** What a command about a destination groups by. */
export const endpointOf = (command: string, destination: string | undefined): string =>
  destination === undefined ? command : destinations.of(destination).endpointOf(command);
