/** What is told of a conversation over datagrams behind its id, as JSON. */

import { type JsonWriter, piece } from '../json/json-writer.ts';
import { INDEX } from './entry-pieces.ts';

const CLIENT_BYTES = piece(',"transport":"udp","clientBytes":');
const SERVER_BYTES = piece(',"serverBytes":');
const CLIENT_PACKETS = piece(',"clientPackets":');
const SERVER_PACKETS = piece(',"serverPackets":');

export interface DatagramNumbers {
  readonly clientBytes: number;
  readonly serverBytes: number;
  readonly clientPackets: number;
  readonly serverPackets: number;
}

/** Up to the key of the call's position. */
export function writeDatagramNumbers(json: JsonWriter, numbers: DatagramNumbers): void {
  json.copyOf(CLIENT_BYTES);
  json.number(numbers.clientBytes);
  json.copyOf(SERVER_BYTES);
  json.number(numbers.serverBytes);
  json.copyOf(CLIENT_PACKETS);
  json.number(numbers.clientPackets);
  json.copyOf(SERVER_PACKETS);
  json.number(numbers.serverPackets);
  json.copyOf(INDEX);
}
