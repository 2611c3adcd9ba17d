/** GraphQL over HTTP: the document instead of the path, and errors that hide inside a 200. */

import type { JsonValue } from '@kubeshark/model';
import type { HttpExchange } from '../../http/exchange.ts';
import type { HttpRefiner, Refinement } from '../../http/refiner.ts';
import { type Operation, operationOf } from './operation.ts';
import { errorsOf, type GraphqlRequest, mayCarryRequest, requestsOf } from './request.ts';

const messageOf = (error: JsonValue | undefined): string => {
  const message = typeof error === 'object' && error !== null && 'message' in error ? error['message'] : undefined;
  return typeof message === 'string' ? message : 'GraphQL error';
};

class GraphqlRefinement implements Refinement {
  readonly protocol = 'graphql';
  readonly error: boolean;
  readonly #requests: readonly GraphqlRequest[];
  readonly #errors: readonly JsonValue[];
  readonly #operation: Operation | undefined;

  constructor(call: HttpExchange, requests: readonly GraphqlRequest[]) {
    this.#requests = requests;
    this.#errors = errorsOf(call.response?.text() ?? null);
    this.error = this.#errors.length > 0;
    const [first] = requests;
    this.#operation = first?.query === undefined ? undefined : operationOf(first.query, first.operationName);
  }

  get #name(): string | undefined {
    return this.#requests[0]?.operationName ?? this.#operation?.name;
  }

  /** `query GetCart`, or by the root fields of an unnamed one: `query {cart, user}`. */
  endpoint(): string {
    const type = this.#operation?.type ?? 'query';
    const name = this.#name;
    if (name !== undefined) return `${type} ${name}`;
    const fields = this.#operation?.fields ?? [];
    const { persisted } = this.#requests[0] ?? {};
    if (fields.length > 0) return `${type} {${fields.join(', ')}}`;
    return persisted === undefined ? type : `${type} persisted ${persisted.slice(0, 12)}`;
  }

  describe(): ReturnType<Refinement['describe']> {
    const [first] = this.#requests;
    const { query, variables, persisted } = first ?? {};
    const name = this.#name;
    const others = this.#requests.length - 1;
    return {
      method: this.#operation?.type ?? 'query',
      endpoint: this.endpoint(),
      summary: `${this.endpoint()}${others > 0 ? ` and ${others} more` : ''}`,
      ...(this.error && { errorText: messageOf(this.#errors[0]) }),
      request: {
        ...(query !== undefined && { query }),
        ...(name !== undefined && { operationName: name }),
        operationType: this.#operation?.type ?? 'query',
        ...(variables !== undefined && { variables }),
        ...(persisted !== undefined && { persistedQuery: persisted }),
        ...(others > 0 && { batch: this.#requests }),
      },
      response: { ...(this.error && { errors: this.#errors }) },
    };
  }
}

export const graphql: HttpRefiner = {
  id: 'graphql',
  reads: ({ request }) => mayCarryRequest(request),
  refine(call) {
    const requests = requestsOf(call);
    return requests.length === 0 ? null : new GraphqlRefinement(call, requests);
  },
};
