/** Parameters of SVCB and HTTPS records (RFC 9460 §7, §14.3). */

import { hexText } from '../../decode/hex.ts';
import { quoted, RdataReader } from './rdata-reader.ts';

const names: readonly string[] = [
  'mandatory',
  'alpn',
  'no-default-alpn',
  'port',
  'ipv4hint',
  'ech',
  'ipv6hint',
  'dohpath',
  'ohttp',
];

const keyName = (key: number) => names[key] ?? `key${key}`;

/** ` alpn=h2,h3 port=8443`, a space before each. */
export function serviceParameters(data: RdataReader): string {
  let text = '';
  while (data.left > 0) {
    const key = data.u16();
    const value = data.view(data.u16());
    const shown = valueText(key, value);
    text += ` ${keyName(key)}${shown === '' ? '' : `=${shown}`}`;
  }
  return text;
}

function valueText(key: number, value: Uint8Array): string {
  const data = new RdataReader({ bytes: value, start: 0, end: value.length });
  switch (keyName(key)) {
    case 'mandatory':
      return list(data, () => keyName(data.u16()));
    case 'alpn':
      return list(data, () => data.characterString().slice(1, -1));
    case 'port':
      return String(data.u16());
    case 'ipv4hint':
      return list(data, () => data.address(4));
    case 'ipv6hint':
      return list(data, () => data.address(6));
    case 'ech':
      return btoa(String.fromCharCode(...value));
    case 'no-default-alpn':
    case 'ohttp':
      return '';
    case 'dohpath':
      return quoted(value);
    default:
      return hexText(value);
  }
}

function list(data: RdataReader, read: () => string): string {
  const values: string[] = [];
  while (data.left > 0) values.push(read());
  return values.join(',');
}
