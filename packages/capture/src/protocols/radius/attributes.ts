/** Attributes by number: names and types of the RFCs (IANA "RADIUS Types"), and which of them are never shown. */

/** `tagged-…`: a byte before the value may tell which tunnel it is about (RFC 2868 §3). */
export type ValueType =
  | 'text'
  | 'int'
  | 'int64'
  | 'ip'
  | 'ip6'
  | 'prefix6'
  | 'time'
  | 'bytes'
  | 'tagged-int'
  | 'tagged-text'
  /** Passwords, their hashes, what proves who somebody is: only that they are there. */
  | 'secret'
  /** What only the two ends can make sense of; left out. */
  | 'omitted'
  | 'eap'
  | 'vendor';

export interface AttributeType {
  readonly name: string;
  readonly type: ValueType;
  /** Names of numbers. */
  readonly values?: Readonly<Record<number, string>>;
}

/** RFC 2865 §5.6 and later. */
const serviceTypes = named(
  1,
  'Login Framed Callback-Login Callback-Framed Outbound Administrative NAS-Prompt Authenticate-Only Callback-NAS-Prompt Call-Check Callback-Administrative Voice Fax Modem-Relay IAPP-Register IAPP-AP-Check Authorize-Only Framed-Management Additional-Authorization',
);
/** RFC 2866 §5.1. */
const statusTypes = {
  ...named(1, 'Start Stop Interim-Update'),
  ...named(7, 'Accounting-On Accounting-Off Tunnel-Start Tunnel-Stop Tunnel-Reject Tunnel-Link-Start'),
  ...named(13, 'Tunnel-Link-Stop Tunnel-Link-Reject Failed'),
};
/** RFC 2866 §5.10. */
const terminateCauses = named(
  1,
  'User-Request Lost-Carrier Lost-Service Idle-Timeout Session-Timeout Admin-Reset Admin-Reboot Port-Error NAS-Error NAS-Request NAS-Reboot Port-Unneeded Port-Preempted Port-Suspended Service-Unavailable Callback User-Error Host-Request Supplicant-Restart Reauthentication-Failure Port-Reinitialized Port-Administratively-Disabled Lost-Power',
);
/** RFC 2865 §5.41. */
const portTypes = named(
  0,
  'Async Sync ISDN ISDN-V120 ISDN-V110 Virtual PIAFS HDLC-Clear-Channel X.25 X.75 G.3-Fax SDSL ADSL-CAP ADSL-DMT IDSL Ethernet xDSL Cable Wireless-Other Wireless-802.11',
);
/** RFC 2868 §3.1, RFC 3580 §3.31. */
const tunnelTypes = named(1, 'PPTP L2F L2TP ATMP VTP AH IP-IP MIN-IP-IP ESP GRE DVS IP-IP-Tunneling VLAN');
const tunnelMedia = named(1, 'IPv4 IPv6 NSAP HDLC BBN-1822 802');
/** RFC 5176 §3.5. */
const errorCauses = {
  201: 'Residual-Session-Context-Removed',
  202: 'Invalid-EAP-Packet',
  ...named(
    401,
    'Unsupported-Attribute Missing-Attribute NAS-Identification-Mismatch Invalid-Request Unsupported-Service Unsupported-Extension Invalid-Attribute-Value',
  ),
  ...named(
    501,
    'Administratively-Prohibited Request-Not-Routable Session-Context-Not-Found Session-Context-Not-Removable Other-Proxy-Processing-Error Resources-Unavailable Request-Initiated Multiple-Session-Selection-Unsupported',
  ),
};

function named(first: number, names: string): Record<number, string> {
  return Object.fromEntries(names.split(' ').map((name, index) => [first + index, name]));
}

const rows: readonly (readonly [number, string, ValueType, Readonly<Record<number, string>>?])[] = [
  [1, 'User-Name', 'text'],
  [2, 'User-Password', 'secret'],
  [3, 'CHAP-Password', 'secret'],
  [4, 'NAS-IP-Address', 'ip'],
  [5, 'NAS-Port', 'int'],
  [6, 'Service-Type', 'int', serviceTypes],
  [7, 'Framed-Protocol', 'int', named(1, 'PPP SLIP ARAP Gandalf Xylogics X.75')],
  [8, 'Framed-IP-Address', 'ip'],
  [9, 'Framed-IP-Netmask', 'ip'],
  [10, 'Framed-Routing', 'int'],
  [11, 'Filter-Id', 'text'],
  [12, 'Framed-MTU', 'int'],
  [13, 'Framed-Compression', 'int'],
  [14, 'Login-IP-Host', 'ip'],
  [15, 'Login-Service', 'int'],
  [16, 'Login-TCP-Port', 'int'],
  [18, 'Reply-Message', 'text'],
  [19, 'Callback-Number', 'text'],
  [20, 'Callback-Id', 'text'],
  [22, 'Framed-Route', 'text'],
  [23, 'Framed-IPX-Network', 'int'],
  [24, 'State', 'omitted'],
  [25, 'Class', 'bytes'],
  [26, 'Vendor-Specific', 'vendor'],
  [27, 'Session-Timeout', 'int'],
  [28, 'Idle-Timeout', 'int'],
  [29, 'Termination-Action', 'int'],
  [30, 'Called-Station-Id', 'text'],
  [31, 'Calling-Station-Id', 'text'],
  [32, 'NAS-Identifier', 'text'],
  [33, 'Proxy-State', 'omitted'],
  [34, 'Login-LAT-Service', 'text'],
  [35, 'Login-LAT-Node', 'text'],
  [36, 'Login-LAT-Group', 'bytes'],
  [37, 'Framed-AppleTalk-Link', 'int'],
  [38, 'Framed-AppleTalk-Network', 'int'],
  [39, 'Framed-AppleTalk-Zone', 'text'],
  [40, 'Acct-Status-Type', 'int', statusTypes],
  [41, 'Acct-Delay-Time', 'int'],
  [42, 'Acct-Input-Octets', 'int'],
  [43, 'Acct-Output-Octets', 'int'],
  [44, 'Acct-Session-Id', 'text'],
  [45, 'Acct-Authentic', 'int', named(1, 'RADIUS Local Remote Diameter')],
  [46, 'Acct-Session-Time', 'int'],
  [47, 'Acct-Input-Packets', 'int'],
  [48, 'Acct-Output-Packets', 'int'],
  [49, 'Acct-Terminate-Cause', 'int', terminateCauses],
  [50, 'Acct-Multi-Session-Id', 'text'],
  [51, 'Acct-Link-Count', 'int'],
  [52, 'Acct-Input-Gigawords', 'int'],
  [53, 'Acct-Output-Gigawords', 'int'],
  [55, 'Event-Timestamp', 'time'],
  [56, 'Egress-VLANID', 'int'],
  [57, 'Ingress-Filters', 'int'],
  [58, 'Egress-VLAN-Name', 'text'],
  [59, 'User-Priority-Table', 'bytes'],
  [60, 'CHAP-Challenge', 'secret'],
  [61, 'NAS-Port-Type', 'int', portTypes],
  [62, 'Port-Limit', 'int'],
  [63, 'Login-LAT-Port', 'text'],
  [64, 'Tunnel-Type', 'tagged-int', tunnelTypes],
  [65, 'Tunnel-Medium-Type', 'tagged-int', tunnelMedia],
  [66, 'Tunnel-Client-Endpoint', 'tagged-text'],
  [67, 'Tunnel-Server-Endpoint', 'tagged-text'],
  [68, 'Acct-Tunnel-Connection', 'text'],
  [69, 'Tunnel-Password', 'secret'],
  [70, 'ARAP-Password', 'secret'],
  [71, 'ARAP-Features', 'bytes'],
  [72, 'ARAP-Zone-Access', 'int'],
  [73, 'ARAP-Security', 'int'],
  [74, 'ARAP-Security-Data', 'secret'],
  [75, 'Password-Retry', 'int'],
  [76, 'Prompt', 'int', named(0, 'No-Echo Echo')],
  [77, 'Connect-Info', 'text'],
  [78, 'Configuration-Token', 'secret'],
  [79, 'EAP-Message', 'eap'],
  [80, 'Message-Authenticator', 'omitted'],
  [81, 'Tunnel-Private-Group-Id', 'tagged-text'],
  [82, 'Tunnel-Assignment-Id', 'tagged-text'],
  [83, 'Tunnel-Preference', 'tagged-int'],
  [84, 'ARAP-Challenge-Response', 'secret'],
  [85, 'Acct-Interim-Interval', 'int'],
  [86, 'Acct-Tunnel-Packets-Lost', 'int'],
  [87, 'NAS-Port-Id', 'text'],
  [88, 'Framed-Pool', 'text'],
  [89, 'Chargeable-User-Identity', 'bytes'],
  [90, 'Tunnel-Client-Auth-Id', 'tagged-text'],
  [91, 'Tunnel-Server-Auth-Id', 'tagged-text'],
  [92, 'NAS-Filter-Rule', 'text'],
  [94, 'Originating-Line-Info', 'bytes'],
  [95, 'NAS-IPv6-Address', 'ip6'],
  [96, 'Framed-Interface-Id', 'bytes'],
  [97, 'Framed-IPv6-Prefix', 'prefix6'],
  [98, 'Login-IPv6-Host', 'ip6'],
  [99, 'Framed-IPv6-Route', 'text'],
  [100, 'Framed-IPv6-Pool', 'text'],
  [101, 'Error-Cause', 'int', errorCauses],
  [102, 'EAP-Key-Name', 'secret'],
  [103, 'Digest-Response', 'secret'],
  [104, 'Digest-Realm', 'text'],
  [105, 'Digest-Nonce', 'secret'],
  [106, 'Digest-Response-Auth', 'secret'],
  [107, 'Digest-Nextnonce', 'secret'],
  [108, 'Digest-Method', 'text'],
  [109, 'Digest-URI', 'text'],
  [110, 'Digest-Qop', 'text'],
  [111, 'Digest-Algorithm', 'text'],
  [112, 'Digest-Entity-Body-Hash', 'secret'],
  [113, 'Digest-CNonce', 'secret'],
  [114, 'Digest-Nonce-Count', 'text'],
  [115, 'Digest-Username', 'text'],
  [116, 'Digest-Opaque', 'secret'],
  [121, 'Digest-HA1', 'secret'],
  [122, 'SIP-AOR', 'text'],
  [123, 'Delegated-IPv6-Prefix', 'prefix6'],
  [124, 'MIP6-Feature-Vector', 'int64'],
  [125, 'MIP6-Home-Link-Prefix', 'prefix6'],
  [126, 'Operator-Name', 'text'],
  [144, 'DS-Lite-Tunnel-Name', 'text'],
  [168, 'Framed-IPv6-Address', 'ip6'],
  [169, 'DNS-Server-IPv6-Address', 'ip6'],
  [170, 'Route-IPv6-Information', 'bytes'],
  [171, 'Delegated-IPv6-Prefix-Pool', 'text'],
  [172, 'Stateful-IPv6-Address-Pool', 'text'],
];

const types = new Map<number, AttributeType>(
  rows.map(([number, name, type, values]) => [number, { name, type, ...(values && { values }) }]),
);

/** Attributes this table does not have are shown by their number, and only when they are text. */
export const attributeOf = (number: number): AttributeType =>
  types.get(number) ?? { name: `Attribute-${number}`, type: 'bytes' };

/** Private Enterprise Numbers of those whose attributes are met most. */
export const vendors: Readonly<Record<number, string>> = {
  9: 'Cisco',
  311: 'Microsoft',
  529: 'Ascend',
  2636: 'Juniper',
  3076: 'Altiga',
  4874: 'ERX',
  8744: 'Colubris',
  10415: '3GPP',
  12356: 'Fortinet',
  14122: 'WISPr',
  14823: 'Aruba',
  14988: 'MikroTik',
  24757: 'WiMAX',
  25506: 'H3C',
  25461: 'PaloAlto',
};

/** Types of EAP methods (IANA "EAP Method Types"). */
export const eapTypes: Readonly<Record<number, string>> = {
  ...named(1, 'Identity Notification Nak MD5-Challenge OTP GTC'),
  13: 'TLS',
  17: 'LEAP',
  18: 'SIM',
  21: 'TTLS',
  23: 'AKA',
  25: 'PEAP',
  26: 'MSCHAPv2',
  43: 'FAST',
  50: 'AKA-Prime',
  52: 'PWD',
  55: 'TEAP',
  254: 'Expanded',
};
