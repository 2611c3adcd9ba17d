import { defineProtocol } from '../protocol.ts';

export const memcached = defineProtocol({
  id: 'memcached',
  name: 'Memcached',
  badge: 'MEMC',
  hue: 88,
  transports: ['tcp', 'udp'],
  ports: [11211],
  reference: 'https://github.com/memcached/memcached/blob/master/doc/protocol.txt',
  aliases: ['memcache'],
  errors:
    'ERROR, CLIENT_ERROR or SERVER_ERROR, a binary status other than those of a missing, existing or unchanged key, or no reply.',
  fields: {
    'memcached.command': {
      type: 'string',
      doc: 'The command’s name.',
      example: 'memcached.command == "get"',
      values: [
        'get',
        'gets',
        'set',
        'add',
        'replace',
        'delete',
        'incr',
        'decr',
        'touch',
        'stats',
        'mg',
        'ms',
        'md',
        'ma',
      ],
      caseless: true,
    },
    'memcached.key': { type: 'strings', doc: 'Keys of the command.', example: 'memcached.key == "user:7"' },
    'memcached.args': {
      type: 'strings',
      doc: 'Words behind the keys: flags, expiry and size, flags of meta commands.',
      example: '"q" in memcached.args',
    },
    'memcached.reply': {
      type: 'string',
      doc: 'How the server answered: `STORED`, `END`, `HD`; in the binary protocol the name of the status.',
      example: 'memcached.reply == "NOT_STORED"',
    },
    'memcached.hit': {
      type: 'bool',
      doc: 'For reads: whether any key had a value. Missing for other commands.',
      example: 'memcached.command == "get" and not memcached.hit',
    },
  },
  sections: [
    {
      title: 'Command',
      tab: 'request',
      rows: [
        { label: 'Command', path: 'memcached.command' },
        { label: 'Keys', path: 'memcached.key' },
        { label: 'Arguments', path: 'memcached.args' },
      ],
    },
    { title: 'Value', tab: 'request', rows: [{ label: 'Value', path: 'request.body', viewer: 'body' }] },
    {
      title: 'Reply',
      tab: 'response',
      rows: [
        { label: 'Hit', path: 'memcached.hit' },
        { label: 'Reply', path: 'response.reply' },
        { label: 'Status', path: 'response.status' },
        { label: 'Values', path: 'response.values' },
        { label: 'Statistics', path: 'response.stats', viewer: 'table' },
      ],
    },
    { title: 'Value', tab: 'response', rows: [{ label: 'Value', path: 'response.body', viewer: 'body' }] },
  ],
});
