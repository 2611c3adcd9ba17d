/** GraphQL requests as people see them, whatever carried them. */

import type { JsonObject, JsonValue } from '@kubeshark/model';
import { type Operation, operationOf } from './operation.ts';
import { type GraphqlRequest, isObject } from './request.ts';

const DEFAULT_TYPE = 'query';

/** Requests sent together: one, or a batch. */
export class RequestView {
  readonly #requests: readonly GraphqlRequest[];
  readonly #operation: Operation | undefined;

  constructor(requests: readonly GraphqlRequest[]) {
    this.#requests = requests;
    const [first] = requests;
    this.#operation = first?.query === undefined ? undefined : operationOf(first.query, first.operationName);
  }

  get type(): string {
    return this.#operation?.type ?? DEFAULT_TYPE;
  }

  get #name(): string | undefined {
    return this.#requests[0]?.operationName ?? this.#operation?.name;
  }

  get #others(): number {
    return this.#requests.length - 1;
  }

  /** `query GetCart`, or by the root fields of an unnamed one: `query {cart, user}`. */
  endpoint(): string {
    const name = this.#name;
    if (name !== undefined) return `${this.type} ${name}`;
    const fields = this.#operation?.fields ?? [];
    const { persisted } = this.#requests[0] ?? {};
    if (fields.length > 0) return `${this.type} {${fields.join(', ')}}`;
    return persisted === undefined ? this.type : `${this.type} persisted ${persisted.slice(0, 12)}`;
  }

  summary(): string {
    return `${this.endpoint()}${this.#others > 0 ? ` and ${this.#others} more` : ''}`;
  }

  /** Keys of `entry.request`. */
  facts(): JsonObject {
    const { query, variables, persisted } = this.#requests[0] ?? {};
    const name = this.#name;
    return {
      ...(query !== undefined && { query }),
      ...(name !== undefined && { operationName: name }),
      operationType: this.type,
      ...(variables !== undefined && { variables }),
      ...(persisted !== undefined && { persistedQuery: persisted }),
      ...(this.#others > 0 && { batch: this.#requests.map((request) => ({ ...request })) }),
    };
  }
}

/** What an error says (https://spec.graphql.org/draft/#sec-Errors.Error-Result-Format). */
export function errorMessage(error: JsonValue | undefined): string {
  const message = isObject(error) ? error['message'] : undefined;
  return typeof message === 'string' ? message : 'GraphQL error';
}
