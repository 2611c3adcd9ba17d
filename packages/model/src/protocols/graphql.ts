import { defineProtocol } from '../protocol.ts';

/** GraphQL over HTTP (or a WebSocket): `request.query` is the document's text. */
export const graphql = defineProtocol({
  id: 'graphql',
  name: 'GraphQL',
  badge: 'GQL',
  hue: 322,
  transports: ['tcp'],
  ports: [],
  reference: 'https://graphql.github.io/graphql-over-http/draft/',
  aliases: ['gql', 'gqlv1', 'gqlv2'],
  errors:
    'An `errors` list in a response; an error of the HTTP call below; over a WebSocket a refused login, or a connection that ended before the operation.',
  fields: {
    'request.operationName': {
      type: 'string',
      doc: 'Name of the operation that was run.',
      example: 'request.operationName == "GetCart"',
      aliases: ['graphql.operationName'],
    },
    'request.operationType': {
      type: 'string',
      doc: 'query, mutation or subscription.',
      example: 'request.operationType == "mutation"',
      aliases: ['graphql.operationType'],
      values: ['query', 'mutation', 'subscription'],
      caseless: true,
    },
    'request.variables': {
      type: 'json',
      doc: 'Variables sent with the document.',
      example: 'request.variables.id == "7"',
      aliases: ['graphql.variables'],
    },
    'response.errors': {
      type: 'json',
      doc: 'The response’s list of errors.',
      example: 'response.errors[0].message contains "denied"',
      aliases: ['graphql.errors'],
    },
    'graphql.results': {
      type: 'int',
      doc: 'Results of an operation over a WebSocket, or of a subscription by events.',
      example: 'graphql.results > 100',
    },
  },
  sections: [
    {
      title: 'Operation',
      tab: 'request',
      rows: [
        { label: 'Name', path: 'request.operationName' },
        { label: 'Type', path: 'request.operationType' },
      ],
    },
    { title: 'Document', tab: 'request', rows: [{ label: 'Document', path: 'request.query', viewer: 'graphql' }] },
    { title: 'Variables', tab: 'request', rows: [{ label: 'Variables', path: 'request.variables', viewer: 'json' }] },
    { title: 'Results', tab: 'response', rows: [{ label: 'Results', path: 'response.messages', viewer: 'messages' }] },
    { title: 'Errors', tab: 'response', rows: [{ label: 'Errors', path: 'response.errors', viewer: 'json' }] },
    { title: 'Body', tab: 'response', rows: [{ label: 'Body', path: 'response.body', viewer: 'body' }] },
  ],
});
