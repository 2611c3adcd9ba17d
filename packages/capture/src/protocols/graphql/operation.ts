/** What a GraphQL document asks for: the operation's type and name and the fields at its root. */

import { Kind, type OperationDefinitionNode, parse } from 'graphql/language';

/** Longer documents are described by their beginning: parsing is not worth more. */
const MAX_DOCUMENT = 64 * 1024;
const MAX_TOKENS = 20_000;
const MAX_ROOT_FIELDS = 16;

export interface Operation {
  readonly type: string;
  readonly name: string | undefined;
  readonly fields: readonly string[];
}

/** The operation that is run, by name when the document has several; undefined when the text is no document. */
export function operationOf(document: string, wanted: string | undefined): Operation | undefined {
  if (document.length > MAX_DOCUMENT) return guess(document);
  try {
    const { definitions } = parse(document, { noLocation: true, maxTokens: MAX_TOKENS });
    const operations = definitions.filter(
      (node): node is OperationDefinitionNode => node.kind === Kind.OPERATION_DEFINITION,
    );
    const operation = operations.find(({ name }) => name?.value === wanted) ?? operations[0];
    if (operation === undefined) return undefined;
    const fields = operation.selectionSet.selections.flatMap((node) =>
      node.kind === Kind.FIELD ? [node.name.value] : [],
    );
    return { type: operation.operation, name: operation.name?.value, fields: fields.slice(0, MAX_ROOT_FIELDS) };
  } catch {
    return guess(document); // a syntax error is the server's to report; the type can still be told
  }
}

/** By the first word, for documents that are too long or broken. */
function guess(document: string): Operation | undefined {
  const match = /^(?:\s|,|#[^\n]*\n)*(query|mutation|subscription|\{)\s*([_A-Za-z]\w*)?/.exec(document.slice(0, 4096));
  if (match === null) return undefined;
  return {
    type: match[1] === '{' ? 'query' : (match[1] ?? 'query'),
    name: match[1] === '{' ? undefined : match[2],
    fields: [],
  };
}
