import type { Dissector, Side } from '../../dissect/dissector.ts';
import { isCommand } from './keys.ts';
import { type RedisMessage, RedisSession } from './session.ts';
import { startsLikeResp } from './wire.ts';

/** Heads that say of themselves that this is RESP; a bare `+OK` or `-ERR` is also how NATS, POP3 and others speak. */
const TELLING_SERVER_TYPES = '*$%~>:';

/** Inline commands that other line protocols have too (memcached, NATS, SMTP, FTP, POP3, ZooKeeper's four letters). */
const shared = new Set(
  'GET SET ADD INFO PING AUTH QUIT DELETE APPEND TYPE TIME HELLO SUBSCRIBE UNSUBSCRIBE PUBLISH MONITOR RESET DUMP SORT COPY SELECT MOVE RENAME COMMAND EXEC TOUCH SYNC SAVE SHUTDOWN WAIT ROLE INCR DECR'.split(
    ' ',
  ),
);

/** Bytes in which a first inline command must have ended. */
const MAX_PROBED = 256;

function probeClient(sample: Uint8Array): 'yes' | 'no' | 'more' {
  const array = startsLikeResp(sample, 0, '*');
  if (array === 'more') return 'more';
  if (array === 'yes') {
    const body = sample.indexOf(10) + 1;
    return body >= sample.length ? 'more' : sample[body] === 0x24 ? 'yes' : 'no';
  }
  const lineEnd = sample.indexOf(10);
  const line = new TextDecoder('latin1').decode(sample.subarray(0, lineEnd < 0 ? MAX_PROBED : lineEnd));
  const word = /^[A-Za-z]+(?= [^/]|\s*$)/.exec(line)?.[0].toUpperCase();
  if (word === undefined || !/^[ -~]*\r?$/.test(line) || / HTTP\/\d/.test(line)) return 'no';
  if (lineEnd < 0) return sample.length < MAX_PROBED ? 'more' : 'no';
  if (!isCommand(word)) return 'no';
  // Of a command that others have too, the server's answer decides.
  return shared.has(word) ? 'more' : 'yes';
}

function probeServer(sample: Uint8Array): 'yes' | 'no' | 'more' {
  const head = startsLikeResp(sample, 0, TELLING_SERVER_TYPES);
  if (head !== 'no') return head;
  const start = new TextDecoder('latin1').decode(sample.subarray(0, 64));
  if (start.startsWith('+PONG\r\n')) return 'yes';
  // Statuses are one word, errors begin with one in capitals.
  return /^(?:\+[A-Za-z]*\r?$|\+[A-Za-z]+\r\n|-[A-Z][A-Z0-9]* |-[A-Z]*$)/.test(start) ? 'more' : 'no';
}

export const redis: Dissector<RedisMessage> = {
  id: 'redis',
  transports: ['tcp'],
  inPlace: true,
  probe: (sample: Uint8Array, side: Side) => (side === 'client' ? probeClient(sample) : probeServer(sample)),
  open: (context) => new RedisSession(context),
};
