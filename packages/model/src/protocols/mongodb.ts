import { defineProtocol } from '../protocol.ts';

export const mongodb = defineProtocol({
  id: 'mongodb',
  name: 'MongoDB',
  badge: 'MONGO',
  hue: 110,
  transports: ['tcp'],
  ports: [27017, 27018, 27019],
  reference: 'https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/',
  aliases: ['mongo'],
  errors: 'A reply with `ok: 0`, write errors or a write concern error (its code is `response.status`), or no reply.',
  fields: {
    'mongodb.command': {
      type: 'string',
      doc: 'Name of the command.',
      example: 'mongodb.command == "find"',
      values: ['find', 'insert', 'update', 'delete', 'aggregate', 'getMore', 'hello', 'ping'],
      caseless: true,
    },
    'mongodb.collection': { type: 'string', doc: 'Collection.', example: 'mongodb.collection == "orders"' },
    'mongodb.database': { type: 'string', doc: 'Database.', example: 'mongodb.database == "shop"' },
    'mongodb.query': {
      type: 'json',
      doc: 'The command document, with the documents that were sent beside it.',
      example: 'mongodb.query.filter.status == "open"',
    },
    'mongodb.documents': { type: 'int', doc: 'Documents returned or changed.', example: 'mongodb.documents > 1000' },
    'mongodb.cursor': {
      type: 'string',
      doc: 'Number of the cursor that the call opened or goes on with: the same for all its batches.',
      example: 'mongodb.cursor exists',
    },
    'mongodb.origin': {
      type: 'string',
      doc: 'Of a later batch: what opened the cursor.',
      example: 'mongodb.origin startsWith "find"',
    },
    'mongodb.user': { type: 'string', doc: 'User who logged in.', example: 'mongodb.user == "app"' },
    'mongodb.authentication': {
      type: 'string',
      doc: 'How the client logs in; the secret itself is never kept.',
      example: 'mongodb.authentication == "SCRAM-SHA-256"',
      values: ['SCRAM-SHA-1', 'SCRAM-SHA-256', 'MONGODB-X509', 'PLAIN'],
    },
    'mongodb.application': {
      type: 'string',
      doc: 'Name the client gave itself when it connected.',
      example: 'mongodb.application == "shop-api"',
    },
    'mongodb.codeName': {
      type: 'string',
      doc: 'Name of the error’s code.',
      example: 'mongodb.codeName == "DuplicateKey"',
    },
  },
  sections: [
    {
      title: 'Command',
      tab: 'request',
      rows: [
        { label: 'Command', path: 'mongodb.command' },
        { label: 'Database', path: 'mongodb.database' },
        { label: 'Collection', path: 'mongodb.collection' },
        { label: 'Cursor', path: 'mongodb.cursor' },
        { label: 'Opened by', path: 'mongodb.origin' },
        { label: 'User', path: 'mongodb.user' },
        { label: 'Authentication', path: 'mongodb.authentication' },
        { label: 'Application', path: 'mongodb.application' },
        { label: 'Compression', path: 'request.compression' },
      ],
    },
    { title: 'Document', tab: 'request', rows: [{ label: 'Document', path: 'mongodb.query', viewer: 'json' }] },
    {
      title: 'Reply',
      tab: 'response',
      rows: [
        { label: 'Status', path: 'response.status' },
        { label: 'Code', path: 'mongodb.codeName' },
        { label: 'Error', path: 'errorText' },
        { label: 'Documents', path: 'mongodb.documents' },
      ],
    },
    { title: 'Document', tab: 'response', rows: [{ label: 'Document', path: 'response.document', viewer: 'json' }] },
  ],
});
