import { defineProtocol } from '../protocol.ts';

export const mysql = defineProtocol({
  id: 'mysql',
  name: 'MySQL and MariaDB',
  badge: 'MYSQL',
  hue: 36,
  transports: ['tcp'],
  ports: [3306, 33060],
  reference: 'https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html',
  aliases: ['mariadb'],
  errors: 'An ERR packet (its number is `response.status`), or no response.',
  fields: {
    'mysql.query': { type: 'string', doc: 'Text of the statement.', example: 'mysql.query contains "orders"' },
    'mysql.command': {
      type: 'string',
      doc: 'First word of the statement, or the command’s own name.',
      example: 'mysql.command == "SELECT"',
      values: ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'BEGIN', 'COMMIT', 'ROLLBACK', 'PING', 'PREPARE'],
      caseless: true,
    },
    'mysql.user': { type: 'string', doc: 'User who logged in.', example: 'mysql.user == "app"' },
    'mysql.database': { type: 'string', doc: 'Database.', example: 'mysql.database == "shop"' },
    'mysql.rows': { type: 'int', doc: 'Rows returned or changed.', example: 'mysql.rows > 10000' },
    'mysql.sqlState': { type: 'string', doc: 'SQLSTATE of an error.', example: 'mysql.sqlState == "23000"' },
  },
  sections: [
    {
      title: 'Statement',
      tab: 'request',
      rows: [
        { label: 'Command', path: 'mysql.command' },
        { label: 'Query', path: 'mysql.query', viewer: 'sql' },
        { label: 'User', path: 'mysql.user' },
        { label: 'Database', path: 'mysql.database' },
      ],
    },
    {
      title: 'Result',
      tab: 'response',
      rows: [
        { label: 'Status', path: 'response.status' },
        { label: 'Rows', path: 'mysql.rows' },
        { label: 'Error', path: 'errorText' },
      ],
    },
    { title: 'Rows', tab: 'response', rows: [{ label: 'Rows', path: 'response.rows', viewer: 'table' }] },
  ],
});
