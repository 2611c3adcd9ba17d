import { defineProtocol } from '../protocol.ts';

export const cassandra = defineProtocol({
  id: 'cassandra',
  name: 'Cassandra (CQL native protocol 3 to 5)',
  badge: 'CQL',
  hue: 190,
  transports: ['tcp'],
  ports: [9042],
  reference: 'https://cassandra.apache.org/doc/latest/cassandra/reference/native-protocol.html',
  aliases: ['cql', 'scylla'],
  errors: 'An ERROR message (its code is `response.status`), or no answer.',
  fields: {
    'cassandra.query': { type: 'string', doc: 'Text of the statement.', example: 'cassandra.query contains "orders"' },
    'cassandra.command': {
      type: 'string',
      doc: 'First word of the statement, or the message’s own name.',
      example: 'cassandra.command == "SELECT"',
      values: ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'BATCH', 'USE', 'CREATE', 'STARTUP', 'EVENT'],
      caseless: true,
    },
    'cassandra.fingerprint': {
      type: 'string',
      doc: 'The statement with its literals folded: the same for all calls that differ only in values.',
      example: 'cassandra | stats p95(response.latency), count() by cassandra.fingerprint',
    },
    'cassandra.parameters': {
      type: 'json',
      doc: 'Values bound to the statement, in order or by name.',
      example: 'cassandra.parameters[0] == 7',
    },
    'cassandra.consistency': {
      type: 'string',
      doc: 'Consistency level asked for.',
      example: 'cassandra.consistency == "ONE"',
      values: ['ONE', 'QUORUM', 'ALL', 'LOCAL_QUORUM', 'EACH_QUORUM', 'LOCAL_ONE', 'ANY'],
    },
    'cassandra.batch': {
      type: 'strings',
      doc: 'Statements of a batch.',
      example: 'cassandra.batch like "*orders*"',
    },
    'cassandra.batchSize': {
      type: 'int',
      doc: 'Number of statements of a batch.',
      example: 'cassandra.batchSize > 50',
    },
    'cassandra.rows': { type: 'int', doc: 'Rows of the result or of its page.', example: 'cassandra.rows > 1000' },
    'cassandra.hasMorePages': {
      type: 'bool',
      doc: 'True when the result goes on.',
      example: 'cassandra.hasMorePages',
    },
    'cassandra.keyspace': { type: 'string', doc: 'Keyspace in use.', example: 'cassandra.keyspace == "shop"' },
    'cassandra.user': { type: 'string', doc: 'User who logged in.', example: 'cassandra.user == "app"' },
    'cassandra.driver': {
      type: 'string',
      doc: 'Driver of the client and its version.',
      example: 'cassandra.driver contains "Node"',
    },
    'cassandra.options': {
      type: 'json',
      doc: 'Options of a STARTUP.',
      example: 'cassandra.options.COMPRESSION == "lz4"',
    },
    'cassandra.tracingId': {
      type: 'string',
      doc: 'Id of the trace the server keeps of the call.',
      example: 'cassandra.tracingId exists',
    },
    'cassandra.errorName': {
      type: 'string',
      doc: 'Name of the error code in `response.status`.',
      example: 'cassandra.errorName == "WRITE_TIMEOUT"',
    },
  },
  sections: [
    {
      title: 'Statement',
      tab: 'request',
      rows: [
        { label: 'Command', path: 'cassandra.command' },
        { label: 'Query', path: 'cassandra.query', viewer: 'sql' },
        { label: 'Parameters', path: 'cassandra.parameters', viewer: 'table' },
        { label: 'Batch', path: 'cassandra.batch', viewer: 'table' },
        { label: 'Statements', path: 'cassandra.batchSize' },
        { label: 'Consistency', path: 'cassandra.consistency' },
        { label: 'Keyspace', path: 'cassandra.keyspace' },
        { label: 'User', path: 'cassandra.user' },
        { label: 'Driver', path: 'cassandra.driver' },
        { label: 'Options', path: 'cassandra.options', viewer: 'table' },
      ],
    },
    {
      title: 'Result',
      tab: 'response',
      rows: [
        { label: 'Status', path: 'response.status' },
        { label: 'Rows', path: 'cassandra.rows' },
        { label: 'More pages', path: 'cassandra.hasMorePages' },
        { label: 'Detail', path: 'response.detail' },
        { label: 'Warnings', path: 'response.warnings' },
        { label: 'Trace', path: 'cassandra.tracingId' },
        { label: 'Error', path: 'errorText' },
      ],
    },
    { title: 'Rows', tab: 'response', rows: [{ label: 'Rows', path: 'response.rows', viewer: 'table' }] },
  ],
});
