import { defineProtocol } from '../protocol.ts';

export const kafka = defineProtocol({
  id: 'kafka',
  name: 'Apache Kafka',
  badge: 'KAFKA',
  hue: 285,
  transports: ['tcp'],
  ports: [9092, 9093, 9094],
  reference: 'https://kafka.apache.org/protocol',
  errors: 'An error code other than 0 anywhere in the response, or no response where one is due.',
  fields: {
    'kafka.topic': { type: 'strings', doc: 'Topics the call touches.', example: 'kafka.topic == "orders"' },
    'kafka.partition': { type: 'json', doc: 'Partitions the call touches.', example: 'kafka.partition == 0' },
    'kafka.apiKey': {
      type: 'int',
      doc: 'Number of the API.',
      example: 'kafka.apiKey == 0',
      aliases: ['kafka_api_key'],
    },
    'kafka.apiName': {
      type: 'string',
      doc: 'Name of the API.',
      example: 'kafka.apiName == "Produce"',
      aliases: ['kafka_api_key_name'],
      values: ['Produce', 'Fetch', 'Metadata', 'OffsetCommit', 'OffsetFetch', 'JoinGroup', 'Heartbeat', 'ApiVersions'],
      caseless: true,
    },
    'kafka.apiVersion': { type: 'int', doc: 'Version of the API.', example: 'kafka.apiVersion >= 9' },
    'kafka.clientId': {
      type: 'string',
      doc: 'Client id of the request header.',
      example: 'kafka.clientId startsWith "payment"',
      aliases: ['kafka_client_id'],
    },
    'kafka.groupId': { type: 'string', doc: 'Consumer group.', example: 'kafka.groupId == "billing"' },
    'kafka.key': {
      type: 'strings',
      doc: 'Keys of the records carried, as text.',
      example: 'kafka.key == "customer-7"',
    },
    'kafka.value': {
      type: 'strings',
      doc: 'Values of the records carried, as text.',
      example: 'kafka.value contains "refund"',
    },
    'kafka.offset': { type: 'json', doc: 'Offsets asked for or assigned.', example: 'kafka.offset >= 1000' },
    'kafka.errorName': {
      type: 'string',
      doc: 'Name of the error code in `response.status`.',
      example: 'kafka.errorName == "NOT_LEADER_OR_FOLLOWER"',
    },
    kafka_request_summary: { type: 'string', doc: 'The same as `summary` for Kafka.', path: 'summary', when: 'kafka' },
  },
  sections: [
    {
      title: 'Request',
      tab: 'request',
      rows: [
        { label: 'API', path: 'kafka.apiName' },
        { label: 'Version', path: 'kafka.apiVersion' },
        { label: 'Client', path: 'kafka.clientId' },
        { label: 'Group', path: 'kafka.groupId' },
        { label: 'Topics', path: 'kafka.topic' },
        { label: 'Partitions', path: 'kafka.partition' },
      ],
    },
    { title: 'Records', tab: 'request', rows: [{ label: 'Records', path: 'request.records', viewer: 'messages' }] },
    { title: 'Response', tab: 'response', rows: [{ label: 'Error', path: 'kafka.errorName' }] },
    { title: 'Records', tab: 'response', rows: [{ label: 'Records', path: 'response.records', viewer: 'messages' }] },
  ],
});
