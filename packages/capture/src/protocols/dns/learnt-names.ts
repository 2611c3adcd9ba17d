/** What answers tell of addresses. */

import type { LearntName } from '../../names/name-table.ts';
import type { DecodedMessage } from './records.ts';

/** Addresses in the answers of a reply by the name that was asked for, and what reverse lookups told. */
export function namesOf({ questions, answers }: DecodedMessage): readonly LearntName[] {
  return answers.flatMap(({ name, type, data }): LearntName[] => {
    if (type === 'PTR') return reverseName(name, data);
    if (type !== 'A' && type !== 'AAAA') return [];
    return [{ address: data, name: (questions[0]?.name ?? name).toLowerCase() }];
  });
}

/** `10.2.0.192.in-addr.arpa` (RFC 1035 §3.5): the octets of an IPv4 address from right to left. */
const REVERSE_IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa$/i;

function reverseName(question: string, name: string): LearntName[] {
  const octets = REVERSE_IPV4.exec(question)?.slice(1).toReversed();
  return octets === undefined ? [] : [{ address: octets.join('.'), name: name.toLowerCase() }];
}
