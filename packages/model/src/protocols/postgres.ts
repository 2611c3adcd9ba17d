import { defineProtocol } from '../protocol.ts';

export const postgres = defineProtocol({
  id: 'postgres',
  name: 'PostgreSQL',
  badge: 'PGSQL',
  hue: 205,
  transports: ['tcp'],
  ports: [5432, 6432],
  reference: 'https://www.postgresql.org/docs/current/protocol.html',
  aliases: ['postgresql', 'pgsql'],
  errors: 'An ErrorResponse (its SQLSTATE is `response.status`), or no response.',
  fields: {
    'postgres.query': {
      type: 'string',
      doc: 'Text of the statement.',
      example: 'postgres.query contains "from orders"',
      aliases: ['postgresql_query', 'postgres_query', 'postgresql.query'],
    },
    'postgres.command': {
      type: 'string',
      doc: 'First word of the statement, or the message’s own name.',
      example: 'postgres.command == "SELECT"',
      values: ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'BEGIN', 'COMMIT', 'ROLLBACK'],
      caseless: true,
    },
    'postgres.user': { type: 'string', doc: 'User who logged in.', example: 'postgres.user == "app"' },
    'postgres.database': { type: 'string', doc: 'Database.', example: 'postgres.database == "orders"' },
    'postgres.parameters': {
      type: 'json',
      doc: 'Values bound to the statement.',
      example: 'postgres.parameters[0] == "7"',
    },
    'postgres.rows': { type: 'int', doc: 'Rows returned or changed.', example: 'postgres.rows > 10000' },
    'postgres.sqlState': { type: 'string', doc: 'SQLSTATE of an error.', example: 'postgres.sqlState == "23505"' },
  },
  sections: [
    {
      title: 'Statement',
      tab: 'request',
      rows: [
        { label: 'Command', path: 'postgres.command' },
        { label: 'Query', path: 'postgres.query', viewer: 'sql' },
        { label: 'Parameters', path: 'postgres.parameters', viewer: 'table' },
        { label: 'User', path: 'postgres.user' },
        { label: 'Database', path: 'postgres.database' },
      ],
    },
    {
      title: 'Result',
      tab: 'response',
      rows: [
        { label: 'Status', path: 'response.status' },
        { label: 'Rows', path: 'postgres.rows' },
        { label: 'Error', path: 'errorText' },
      ],
    },
    { title: 'Rows', tab: 'response', rows: [{ label: 'Rows', path: 'response.rows', viewer: 'table' }] },
  ],
});
