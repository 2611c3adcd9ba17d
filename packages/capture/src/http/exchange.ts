/** A call as those who read it see it: describing it and refining it need nothing else. */

import type { JsonObject } from '@kubeshark/model';
import type { JsonWriter } from '../json/json-writer.ts';
import type { HttpMessage, RequestHead, ResponseHead } from './message.ts';

export interface HttpExchange {
  readonly request: HttpMessage<RequestHead> | null;
  readonly response: HttpMessage<ResponseHead> | null;
  /** Interim responses (1xx) that came before the final one. */
  readonly interim: readonly HttpMessage<ResponseHead>[] | null;
  /** Why the call failed below HTTP; empty while it did not: `connection reset`, `no response`. */
  readonly failure: string;
  /** Values of the carrying protocol: `{ http2: { streamId: 1 } }`. */
  readonly data: Readonly<Record<string, JsonObject>> | null;
  /** Writes them, a comma before each key. */
  writeData?(json: JsonWriter): void;
  /** `GET /users/{id}`; the status when the request was not seen. */
  readonly plainEndpoint: string;
}
