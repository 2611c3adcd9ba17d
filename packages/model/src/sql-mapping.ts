/**
 * Which column of the store's table holds which value of an entry (packages/store/src/schema). An entry's contract says
 * what is absent rather than empty, so an empty column is a missing value.
 */

import type { SqlColumn, SqlMapping } from '@kubeshark/kfl';

const text = (column: string): SqlColumn => ({ column, type: 'text', missing: 'empty' });
/** Every entry has one. */
const required = (column: string): SqlColumn => ({ column, type: 'text', missing: 'never' });
const number = (column: string): SqlColumn => ({ column, type: 'number', missing: 'null' });

/** Bits of the column `repeats`: the call's half says the same as the entry itself. */
const repeats = { method: 'bitTest(repeats, 0)', status: 'bitTest(repeats, 1)', latency: 'bitTest(repeats, 2)' };

const endpointTexts = ['ip', 'name', 'namespace', 'pod', 'service', 'workload', 'node', 'process', 'dns'];

const endpointColumns = (side: 'src' | 'dst'): Readonly<Record<string, SqlColumn>> => ({
  ...Object.fromEntries(endpointTexts.map((key) => [`${side}.${key}`, text(`${side}_${key}`)])),
  [`${side}.port`]: { column: `${side}_port`, type: 'number', missing: 'zero' },
});

const bodyColumns = (half: 'request' | 'response'): Readonly<Record<string, SqlColumn>> => ({
  [`${half}.body`]: { ...text(`${half}_body`), taken: `${half}.body.text`, isHeavy: true },
  [`${half}.body.base64`]: { ...text(`${half}_body_base64`), isHeavy: true },
});

export const sqlMapping: SqlMapping = {
  columns: {
    id: { column: 'id', type: 'integer', missing: 'never' },
    timestamp: { column: 'timestamp', type: 'number', missing: 'never' },
    node: required('node'),
    protocol: required('protocol'),
    protocols: { column: 'protocols', type: 'texts', missing: 'never' },
    method: required('method'),
    endpoint: required('endpoint'),
    summary: required('summary'),
    status: { column: 'status', type: 'status', textColumn: 'status_text', missing: 'null' },
    error: { column: 'error', type: 'bool', missing: 'never' },
    errorText: text('error_text'),
    latency: number('latency'),
    traceId: text('trace_id'),
    ...endpointColumns('src'),
    ...endpointColumns('dst'),
    'connection.id': text('connection_id'),
    'request.method': { ...required('method'), when: repeats.method },
    'request.path': text('request_path'),
    'request.size': number('request_size'),
    'response.status': {
      column: 'status',
      type: 'status',
      textColumn: 'status_text',
      missing: 'null',
      when: repeats.status,
    },
    'response.latency': { ...number('latency'), when: repeats.latency },
    'response.size': number('response_size'),
    ...bodyColumns('request'),
    ...bodyColumns('response'),
  },
  maps: { 'request.headers': 'request_headers', 'response.headers': 'response_headers' },
  protocols: 'protocols',
  document: 'extra',
};
