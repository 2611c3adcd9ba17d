import { defineProtocol } from '../protocol.ts';

export const mongodb = defineProtocol({
  id: 'mongodb',
  name: 'MongoDB',
  badge: 'MONGO',
  hue: 110,
  transports: ['tcp'],
  ports: [27017],
  reference: 'https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/',
  aliases: ['mongo'],
  errors: 'A reply with `ok: 0` or write errors (its code is `response.status`), or no reply.',
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
    'mongodb.query': { type: 'json', doc: 'The command document.', example: 'mongodb.query.filter.status == "open"' },
    'mongodb.documents': { type: 'int', doc: 'Documents returned or changed.', example: 'mongodb.documents > 1000' },
  },
  sections: [
    {
      title: 'Command',
      tab: 'request',
      rows: [
        { label: 'Command', path: 'mongodb.command' },
        { label: 'Database', path: 'mongodb.database' },
        { label: 'Collection', path: 'mongodb.collection' },
      ],
    },
    { title: 'Document', tab: 'request', rows: [{ label: 'Document', path: 'mongodb.query', viewer: 'json' }] },
    {
      title: 'Reply',
      tab: 'response',
      rows: [
        { label: 'Status', path: 'response.status' },
        { label: 'Documents', path: 'mongodb.documents' },
      ],
    },
    { title: 'Document', tab: 'response', rows: [{ label: 'Document', path: 'response.document', viewer: 'json' }] },
  ],
});
