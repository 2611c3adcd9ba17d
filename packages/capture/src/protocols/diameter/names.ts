/** Commands, applications, results and AVPs by number (IANA "AAA Parameters"; RFC 6733, 7155, 8506, 4072; 3GPP TS 29.230). */

/** `text`: UTF-8 or an identity; `secret`: passwords and keys, only that they are there; `opaque`: told by its size. */
type AvpType = 'text' | 'int' | 'signed' | 'long' | 'time' | 'address' | 'group' | 'secret' | 'opaque';

export interface Avp {
  readonly name: string;
  readonly type: AvpType;
  readonly values?: Readonly<Record<number, string>>;
}

/** `257 Capabilities-Exchange`: one a line, in pairs of number and name. */
const table = (text: string): Map<number, string> =>
  new Map(
    text
      .trim()
      .split(/\s*\n\s*/)
      .map((line) => [Number(line.split(' ')[0]), line.split(' ')[1] ?? '']),
  );

const commands = table(`
  257 Capabilities-Exchange
  258 Re-Auth
  260 AA-Mobile-Node
  262 Home-Agent-MIP
  265 AA
  268 Diameter-EAP
  271 Accounting
  272 Credit-Control
  274 Abort-Session
  275 Session-Termination
  280 Device-Watchdog
  282 Disconnect-Peer
  283 SIP-User-Authorization
  284 SIP-Server-Assignment
  285 SIP-Location-Info
  286 SIP-Multimedia-Auth
  287 SIP-Registration-Termination
  288 SIP-Push-Profile
  300 User-Authorization
  301 Server-Assignment
  302 Location-Info
  303 Multimedia-Auth
  304 Registration-Termination
  305 Push-Profile
  306 User-Data
  307 Profile-Update
  308 Subscribe-Notifications
  309 Push-Notification
  316 Update-Location
  317 Cancel-Location
  318 Authentication-Information
  319 Insert-Subscriber-Data
  320 Delete-Subscriber-Data
  321 Purge-UE
  322 Reset
  323 Notify
  324 ME-Identity-Check
  8388620 Provide-Location
  8388621 Location-Report
  8388622 LCS-Routing-Info
  8388635 Spending-Limit
  8388636 Spending-Status-Notification
  8388637 TDF-Session
  8388645 MO-Forward-Short-Message
  8388646 MT-Forward-Short-Message
`);
export const isCommand = (code: number): boolean => commands.has(code);
export const commandName = (code: number): string => commands.get(code) ?? `Command-${code}`;

const applications = table(`
  0 Base
  1 NASREQ
  2 Mobile-IPv4
  3 Accounting
  4 Credit-Control
  5 EAP
  6 SIP
  16777216 Cx
  16777217 Sh
  16777236 Rx
  16777238 Gx
  16777250 STa
  16777251 S6a
  16777252 S13
  16777264 SWm
  16777265 SWx
  16777267 S9
  16777272 S6b
  16777302 Sy
  16777303 Sd
  16777312 S6c
  4294967295 Relay
`);
export const applicationName = (id: number): string => applications.get(id) ?? String(id);

const results = table(`
  1001 MULTI_ROUND_AUTH
  2001 SUCCESS
  2002 LIMITED_SUCCESS
  3001 COMMAND_UNSUPPORTED
  3002 UNABLE_TO_DELIVER
  3003 REALM_NOT_SERVED
  3004 TOO_BUSY
  3005 LOOP_DETECTED
  3006 REDIRECT_INDICATION
  3007 APPLICATION_UNSUPPORTED
  3008 INVALID_HDR_BITS
  3009 INVALID_AVP_BITS
  3010 UNKNOWN_PEER
  4001 AUTHENTICATION_REJECTED
  4002 OUT_OF_SPACE
  4003 ELECTION_LOST
  4010 END_USER_SERVICE_DENIED
  4011 CREDIT_CONTROL_NOT_APPLICABLE
  4012 CREDIT_LIMIT_REACHED
  5001 AVP_UNSUPPORTED
  5002 UNKNOWN_SESSION_ID
  5003 AUTHORIZATION_REJECTED
  5004 INVALID_AVP_VALUE
  5005 MISSING_AVP
  5006 RESOURCES_EXCEEDED
  5007 CONTRADICTING_AVPS
  5008 AVP_NOT_ALLOWED
  5009 AVP_OCCURS_TOO_MANY_TIMES
  5010 NO_COMMON_APPLICATION
  5011 UNSUPPORTED_VERSION
  5012 UNABLE_TO_COMPLY
  5013 INVALID_BIT_IN_HEADER
  5014 INVALID_AVP_LENGTH
  5015 INVALID_MESSAGE_LENGTH
  5016 INVALID_AVP_BIT_COMBO
  5017 NO_COMMON_SECURITY
  5030 USER_UNKNOWN
  5031 RATING_FAILED
`);
/** Undefined for numbers of an application (Experimental-Result-Code): which of them means what depends on the vendor. */
export const resultName = (code: number): string | undefined => results.get(code);

function named(first: number, names: string): Record<number, string> {
  return Object.fromEntries(names.split(' ').map((name, index) => [first + index, name]));
}

const terminationCauses = named(
  1,
  'LOGOUT SERVICE_NOT_PROVIDED BAD_ANSWER ADMINISTRATIVE LINK_BROKEN AUTH_EXPIRED USER_MOVED SESSION_TIMEOUT',
);
const values: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  273: named(0, 'REBOOTING BUSY DO_NOT_WANT_TO_TALK_TO_YOU'),
  274: named(1, 'AUTHENTICATE_ONLY AUTHORIZE_ONLY AUTHORIZE_AUTHENTICATE'),
  277: named(0, 'STATE_MAINTAINED NO_STATE_MAINTAINED'),
  295: terminationCauses,
  416: named(1, 'INITIAL UPDATE TERMINATION EVENT'),
  436: named(0, 'DIRECT_DEBITING REFUND_ACCOUNT CHECK_BALANCE PRICE_ENQUIRY'),
  449: named(0, 'TERMINATE REDIRECT RESTRICT_ACCESS'),
  450: named(0, 'E164 IMSI SIP_URI NAI PRIVATE'),
  480: named(1, 'EVENT START INTERIM STOP'),
};

/** By type: `263 Session-Id`. Numbers up to 255 are those of RADIUS. */
const avpTables: readonly (readonly [AvpType, string])[] = [
  [
    'text',
    `1 User-Name
     11 Filter-Id
     18 Reply-Message
     30 Called-Station-Id
     31 Calling-Station-Id
     32 NAS-Identifier
     50 Acct-Multi-Session-Id
     87 NAS-Port-Id
     88 Framed-Pool
     263 Session-Id
     264 Origin-Host
     269 Product-Name
     280 Proxy-Host
     281 Error-Message
     282 Route-Record
     283 Destination-Realm
     292 Redirect-Host
     293 Destination-Host
     294 Error-Reporting-Host
     296 Origin-Realm
     424 Cost-Unit
     435 Redirect-Server-Address
     444 Subscription-Id-Data
     461 Service-Context-Id`,
  ],
  [
    'int',
    `5 NAS-Port
     6 Service-Type
     27 Session-Timeout
     28 Idle-Timeout
     61 NAS-Port-Type
     85 Acct-Interim-Interval
     258 Auth-Application-Id
     259 Acct-Application-Id
     261 Redirect-Host-Usage
     262 Redirect-Max-Cache-Time
     265 Supported-Vendor-Id
     266 Vendor-Id
     267 Firmware-Revision
     268 Result-Code
     270 Session-Binding
     271 Session-Server-Failover
     272 Multi-Round-Time-Out
     273 Disconnect-Cause
     274 Auth-Request-Type
     276 Auth-Grace-Period
     277 Auth-Session-State
     278 Origin-State-Id
     285 Re-Auth-Request-Type
     291 Authorization-Lifetime
     295 Termination-Cause
     298 Experimental-Result-Code
     299 Inband-Security-Id
     415 CC-Request-Number
     416 CC-Request-Type
     418 CC-Session-Failover
     420 CC-Time
     422 Check-Balance-Result
     425 Currency-Code
     426 Credit-Control
     427 Credit-Control-Failure-Handling
     428 Direct-Debiting-Failure-Handling
     432 Rating-Group
     433 Redirect-Address-Type
     436 Requested-Action
     439 Service-Identifier
     448 Validity-Time
     449 Final-Unit-Action
     450 Subscription-Id-Type
     452 Tariff-Change-Usage
     453 G-S-U-Pool-Identifier
     454 CC-Unit-Type
     455 Multiple-Services-Indicator
     459 User-Equipment-Info-Type
     480 Accounting-Record-Type
     483 Accounting-Realtime-Required
     485 Accounting-Record-Number`,
  ],
  ['signed', '429 Exponent'],
  [
    'long',
    `287 Accounting-Sub-Session-Id
     363 Accounting-Input-Octets
     364 Accounting-Output-Octets
     365 Accounting-Input-Packets
     366 Accounting-Output-Packets
     412 CC-Input-Octets
     414 CC-Output-Octets
     417 CC-Service-Specific-Units
     419 CC-Sub-Session-Id
     421 CC-Total-Octets
     447 Value-Digits`,
  ],
  ['time', '55 Event-Timestamp\n451 Tariff-Time-Change'],
  ['address', '257 Host-IP-Address'],
  [
    'group',
    `260 Vendor-Specific-Application-Id
     279 Failed-AVP
     284 Proxy-Info
     297 Experimental-Result
     413 CC-Money
     423 Cost-Information
     430 Final-Unit-Indication
     431 Granted-Service-Unit
     434 Redirect-Server
     437 Requested-Service-Unit
     440 Service-Parameter-Info
     443 Subscription-Id
     445 Unit-Value
     446 Used-Service-Unit
     456 Multiple-Services-Credit-Control
     457 G-S-U-Pool-Reference
     458 User-Equipment-Info`,
  ],
  [
    'secret',
    `2 User-Password
     3 CHAP-Password
     24 State
     60 CHAP-Challenge
     69 Tunnel-Password
     70 ARAP-Password
     79 EAP-Message
     103 Digest-Response
     121 Digest-HA1
     402 CHAP-Auth
     404 CHAP-Ident
     408 Accounting-Auth-Method
     462 EAP-Payload
     463 EAP-Reissued-Payload
     464 EAP-Master-Session-Key`,
  ],
  [
    'opaque',
    `8 Framed-IP-Address
     25 Class
     33 Proxy-State
     44 Accounting-Session-Id
     460 User-Equipment-Info-Value`,
  ],
];

const avps = new Map<number, Avp>(
  avpTables.flatMap(([type, text]) =>
    [...table(text)].map(
      ([code, name]) => [code, { name, type, ...(values[code] && { values: values[code] }) }] as const,
    ),
  ),
);

/** Those of vendors have their number: their tables are the vendors' own. */
export const avpOf = (code: number, vendor: number): Avp =>
  (vendor === 0 ? avps.get(code) : undefined) ?? {
    name: vendor === 0 ? `AVP-${code}` : `${vendorNames[vendor] ?? `Vendor-${vendor}`}-${code}`,
    type: 'opaque',
  };

const vendorNames: Readonly<Record<number, string>> = { 9: 'Cisco', 193: 'Ericsson', 10415: '3GPP', 13019: 'ETSI' };
