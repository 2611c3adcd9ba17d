import { defineProtocol } from '../protocol.ts';

export const redis = defineProtocol({
  id: 'redis',
  name: 'Redis (RESP2, RESP3)',
  badge: 'REDIS',
  hue: 2,
  transports: ['tcp'],
  ports: [6379, 26379],
  reference: 'https://redis.io/docs/latest/develop/reference/protocol-spec/',
  aliases: ['valkey'],
  errors: 'An error reply, or no reply.',
  fields: {
    'redis.command': {
      type: 'string',
      doc: 'The command’s name.',
      example: 'redis.command == "GET" and redis.response == null',
      aliases: ['redis_type'],
      values: ['GET', 'SET', 'DEL', 'MGET', 'HGET', 'HGETALL', 'EXPIRE', 'INCR', 'PUBLISH', 'SUBSCRIBE'],
      caseless: true,
    },
    'redis.key': {
      type: 'string',
      doc: 'First key of the command.',
      example: 'redis.key startsWith "session:"',
      aliases: ['redis_key'],
    },
    'redis.keys': { type: 'strings', doc: 'All keys of the command.', example: '"cart:7" in redis.keys' },
    'redis.args': { type: 'strings', doc: 'Arguments after the command’s name.', example: '"EX" in redis.args' },
    'redis.hit': {
      type: 'bool',
      doc: 'For reads by key: whether there was a value. Missing for other commands.',
      example: 'redis.command == "GET" and not redis.hit',
    },
    'redis.response': {
      type: 'json',
      doc: 'The reply’s value; null for a nil reply.',
      example: 'redis.response == "OK"',
      aliases: ['redis_response'],
    },
    'redis.errorKind': {
      type: 'string',
      doc: 'First word of an error reply.',
      example: 'redis.errorKind == "WRONGTYPE"',
    },
    redis_command: {
      type: 'string',
      doc: 'The whole command line, the same as `summary` for Redis.',
      example: 'redis_command contains "DEL"',
      path: 'summary',
      when: 'redis',
    },
  },
  sections: [
    {
      title: 'Command',
      tab: 'request',
      rows: [
        { label: 'Command', path: 'redis.command' },
        { label: 'Key', path: 'redis.key' },
        { label: 'Arguments', path: 'redis.args', viewer: 'table' },
      ],
    },
    {
      title: 'Reply',
      tab: 'response',
      rows: [
        { label: 'Hit', path: 'redis.hit' },
        { label: 'Value', path: 'redis.response', viewer: 'auto' },
      ],
    },
  ],
});
