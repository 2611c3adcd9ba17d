/** GraphQL over HTTP (the document instead of the path, errors that hide inside a 200) and over WebSockets. */

import type { JsonValue } from '@kubeshark/model';
import type { HttpExchange } from '../../http/exchange.ts';
import type { HttpRefiner, Refinement } from '../../http/refiner.ts';
import type { WsRefiner } from '../../ws/refiner.ts';
import { errorMessage, RequestView } from './describe.ts';
import {
  errorsIn,
  errorsOf,
  type GraphqlRequest,
  mayBeRequest,
  mayCarryRequest,
  requestsOf,
  resultsOf,
} from './request.ts';
import { GraphqlReading } from './ws-reading.ts';
import { looksLikeMessage, SUBPROTOCOLS } from './ws-wire.ts';

const EVENT_STREAM = 'text/event-stream';

class GraphqlRefinement implements Refinement {
  readonly protocol = 'graphql';
  readonly error: boolean;
  readonly #view: RequestView;
  readonly #errors: readonly JsonValue[];
  /** Of a subscription that is answered by events. */
  readonly #results: readonly JsonValue[] | undefined;

  constructor(call: HttpExchange, requests: readonly GraphqlRequest[]) {
    this.#view = new RequestView(requests);
    const { response } = call;
    const text = response?.text() ?? null;
    this.#results = response?.head.mime() === EVENT_STREAM ? resultsOf(text) : undefined;
    this.#errors = this.#results === undefined ? errorsOf(text) : errorsIn(this.#results);
    this.error = this.#errors.length > 0;
  }

  endpoint(): string {
    return this.#view.endpoint();
  }

  describe(): ReturnType<Refinement['describe']> {
    return {
      method: this.#view.type,
      endpoint: this.endpoint(),
      summary: this.#view.summary(),
      ...(this.error && { errorText: errorMessage(this.#errors[0]) }),
      request: this.#view.facts(),
      response: {
        ...(this.error && { errors: this.#errors }),
        ...(this.#results !== undefined && { messages: this.#results }),
      },
      ...(this.#results !== undefined && { data: { graphql: { results: this.#results.length } } }),
    };
  }
}

export const graphql: HttpRefiner = {
  id: 'graphql',
  reads: ({ request }) => mayCarryRequest(request),
  mayRefine: mayBeRequest,
  refine(call) {
    const requests = requestsOf(call);
    return requests.length === 0 ? null : new GraphqlRefinement(call, requests);
  },
};

export const graphqlOverWs: WsRefiner = {
  id: 'graphql',
  subprotocols: SUBPROTOCOLS,
  recognises: looksLikeMessage,
  open: (connection) => new GraphqlReading(connection),
};
