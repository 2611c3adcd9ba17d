/** IANA DNS parameters: names of record types, classes, response codes and opcodes. */

export const A = 1;
export const SOA = 6;
export const AAAA = 28;
export const OPT = 41;
export const IXFR = 251;
export const AXFR = 252;

const types: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  10: 'NULL',
  12: 'PTR',
  13: 'HINFO',
  15: 'MX',
  16: 'TXT',
  17: 'RP',
  18: 'AFSDB',
  24: 'SIG',
  25: 'KEY',
  28: 'AAAA',
  29: 'LOC',
  33: 'SRV',
  35: 'NAPTR',
  36: 'KX',
  37: 'CERT',
  39: 'DNAME',
  41: 'OPT',
  43: 'DS',
  44: 'SSHFP',
  45: 'IPSECKEY',
  46: 'RRSIG',
  47: 'NSEC',
  48: 'DNSKEY',
  49: 'DHCID',
  50: 'NSEC3',
  51: 'NSEC3PARAM',
  52: 'TLSA',
  53: 'SMIMEA',
  55: 'HIP',
  59: 'CDS',
  60: 'CDNSKEY',
  61: 'OPENPGPKEY',
  62: 'CSYNC',
  63: 'ZONEMD',
  64: 'SVCB',
  65: 'HTTPS',
  99: 'SPF',
  108: 'EUI48',
  109: 'EUI64',
  249: 'TKEY',
  250: 'TSIG',
  251: 'IXFR',
  252: 'AXFR',
  253: 'MAILB',
  254: 'MAILA',
  255: 'ANY',
  256: 'URI',
  257: 'CAA',
  32769: 'DLV',
};

/** `A`, or `TYPE1234` (RFC 3597 §5) for a type without a name. */
export function typeName(type: number): string {
  return types[type] ?? `TYPE${type}`;
}

const classes: Readonly<Record<number, string>> = { 1: 'IN', 3: 'CH', 4: 'HS', 254: 'NONE', 255: 'ANY' };

/** `IN`, or `CLASS1234` (RFC 3597 §5). */
export function className(value: number): string {
  return classes[value] ?? `CLASS${value}`;
}

const opcodes: Readonly<Record<number, string>> = {
  0: 'QUERY',
  1: 'IQUERY',
  2: 'STATUS',
  4: 'NOTIFY',
  5: 'UPDATE',
  6: 'DSO',
};

export function opcodeName(opcode: number): string {
  return opcodes[opcode] ?? `OPCODE${opcode}`;
}

interface Rcode {
  readonly name: string;
  readonly meaning: string;
}

const rcodes: Readonly<Record<number, Rcode>> = {
  0: { name: 'NOERROR', meaning: 'no error' },
  1: { name: 'FORMERR', meaning: 'the server could not read the query' },
  2: { name: 'SERVFAIL', meaning: 'the server failed to answer' },
  3: { name: 'NXDOMAIN', meaning: 'no such name' },
  4: { name: 'NOTIMP', meaning: 'the server does not support this kind of query' },
  5: { name: 'REFUSED', meaning: 'the server refuses to answer' },
  6: { name: 'YXDOMAIN', meaning: 'the name exists when it should not' },
  7: { name: 'YXRRSET', meaning: 'the record set exists when it should not' },
  8: { name: 'NXRRSET', meaning: 'the record set does not exist' },
  9: { name: 'NOTAUTH', meaning: 'the server is not authoritative, or the client not authorised' },
  10: { name: 'NOTZONE', meaning: 'the name is not inside the zone' },
  11: { name: 'DSOTYPENI', meaning: 'the DSO type is not implemented' },
  16: { name: 'BADVERS', meaning: 'EDNS version or TSIG signature not accepted' },
  17: { name: 'BADKEY', meaning: 'the key is not known' },
  18: { name: 'BADTIME', meaning: 'the signature is out of its time window' },
  19: { name: 'BADMODE', meaning: 'bad TKEY mode' },
  20: { name: 'BADNAME', meaning: 'duplicate key name' },
  21: { name: 'BADALG', meaning: 'the algorithm is not supported' },
  22: { name: 'BADTRUNC', meaning: 'bad truncation' },
  23: { name: 'BADCOOKIE', meaning: 'bad or missing server cookie' },
};

export function rcodeName(rcode: number): string {
  return rcodes[rcode]?.name ?? `RCODE${rcode}`;
}

/** `NXDOMAIN: no such name`. */
export function rcodeText(rcode: number): string {
  const known = rcodes[rcode];
  return known === undefined ? `RCODE${rcode}` : `${known.name}: ${known.meaning}`;
}
