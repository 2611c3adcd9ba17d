/** Properties and reason codes of MQTT 5 (§2.2.2.2, §2.4), return codes of 3.1.1 (§3.2.2.3). */

export type PropertyType = 'byte' | 'u16' | 'u32' | 'variable' | 'text' | 'bytes' | 'pair';

export const properties: ReadonlyMap<number, readonly [name: string, type: PropertyType]> = new Map([
  [1, ['payloadFormatIndicator', 'byte']],
  [2, ['messageExpiryInterval', 'u32']],
  [3, ['contentType', 'text']],
  [8, ['responseTopic', 'text']],
  [9, ['correlationData', 'bytes']],
  [11, ['subscriptionIdentifier', 'variable']],
  [17, ['sessionExpiryInterval', 'u32']],
  [18, ['assignedClientIdentifier', 'text']],
  [19, ['serverKeepAlive', 'u16']],
  [21, ['authenticationMethod', 'text']],
  [22, ['authenticationData', 'bytes']],
  [23, ['requestProblemInformation', 'byte']],
  [24, ['willDelayInterval', 'u32']],
  [25, ['requestResponseInformation', 'byte']],
  [26, ['responseInformation', 'text']],
  [28, ['serverReference', 'text']],
  [31, ['reasonString', 'text']],
  [33, ['receiveMaximum', 'u16']],
  [34, ['topicAliasMaximum', 'u16']],
  [35, ['topicAlias', 'u16']],
  [36, ['maximumQoS', 'byte']],
  [37, ['retainAvailable', 'byte']],
  [38, ['userProperty', 'pair']],
  [39, ['maximumPacketSize', 'u32']],
  [40, ['wildcardSubscriptionAvailable', 'byte']],
  [41, ['subscriptionIdentifierAvailable', 'byte']],
  [42, ['sharedSubscriptionAvailable', 'byte']],
]);

/** From here on a code is an error. */
export const FIRST_ERROR = 0x80;

const reasons: ReadonlyMap<number, string> = new Map([
  [0x04, 'disconnect with will message'],
  [0x10, 'no matching subscribers'],
  [0x11, 'no subscription existed'],
  [0x18, 'continue authentication'],
  [0x19, 're-authenticate'],
  [0x80, 'unspecified error'],
  [0x81, 'malformed packet'],
  [0x82, 'protocol error'],
  [0x83, 'implementation specific error'],
  [0x84, 'unsupported protocol version'],
  [0x85, 'client identifier not valid'],
  [0x86, 'bad user name or password'],
  [0x87, 'not authorized'],
  [0x88, 'server unavailable'],
  [0x89, 'server busy'],
  [0x8a, 'banned'],
  [0x8b, 'server shutting down'],
  [0x8c, 'bad authentication method'],
  [0x8d, 'keep alive timeout'],
  [0x8e, 'session taken over'],
  [0x8f, 'topic filter invalid'],
  [0x90, 'topic name invalid'],
  [0x91, 'packet identifier in use'],
  [0x92, 'packet identifier not found'],
  [0x93, 'receive maximum exceeded'],
  [0x94, 'topic alias invalid'],
  [0x95, 'packet too large'],
  [0x96, 'message rate too high'],
  [0x97, 'quota exceeded'],
  [0x98, 'administrative action'],
  [0x99, 'payload format invalid'],
  [0x9a, 'retain not supported'],
  [0x9b, 'QoS not supported'],
  [0x9c, 'use another server'],
  [0x9d, 'server moved'],
  [0x9e, 'shared subscriptions not supported'],
  [0x9f, 'connection rate exceeded'],
  [0xa0, 'maximum connect time'],
  [0xa1, 'subscription identifiers not supported'],
  [0xa2, 'wildcard subscriptions not supported'],
]);

/** Why a server of 3.1 or 3.1.1 refuses a connection. */
const refusals = [
  'accepted',
  'unacceptable protocol version',
  'identifier rejected',
  'server unavailable',
  'bad user name or password',
  'not authorized',
];

/** What a code means, in words; undefined for those that say that all is well. */
export function reasonOf(code: number, isOldRefusal = false): string | undefined {
  if (isOldRefusal) return code === 0 ? undefined : (refusals[code] ?? `return code ${code}`);
  return reasons.get(code) ?? (code >= FIRST_ERROR ? `reason code 0x${code.toString(16)}` : undefined);
}
