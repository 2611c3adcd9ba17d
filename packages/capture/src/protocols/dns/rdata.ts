/** Record data in the notation of zone files, one small reader per record type. */

import { hexText } from '../../decode/hex.ts';
import { A, AAAA, typeName } from './codes.ts';
import { quoted, type Rdata, RdataReader } from './rdata-reader.ts';
import { serviceParameters } from './svcb.ts';

/** The data as text; generic notation (RFC 3597 §5) when the type is unknown or the data does not fit it. */
export function rdataText(type: number, rdata: Rdata): string {
  const read = readers[type];
  return (read === undefined ? null : read(new RdataReader(rdata))) ?? genericText(rdata);
}

function genericText({ bytes, start, end }: Rdata): string {
  return end === start ? '\\# 0' : `\\# ${end - start} ${hexText(bytes.subarray(start, end))}`;
}

function base64Text(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

type Read = (data: RdataReader) => string | null;

const name: Read = (data) => data.done(data.name());
const address =
  (version: 4 | 6): Read =>
  (data) =>
    data.done(data.address(version));
const numbered =
  (...widths: readonly (1 | 2 | 4)[]): Read =>
  (data) =>
    data.done(`${widths.map((width) => data.number(width)).join(' ')} ${data.name()}`);
const digest =
  (...widths: readonly (1 | 2 | 4)[]): Read =>
  (data) =>
    data.done(`${widths.map((width) => data.number(width)).join(' ')} ${hexText(data.rest())}`);

const texts: Read = (data) => {
  const strings: string[] = [];
  while (data.left > 0) strings.push(data.characterString());
  return data.done(strings.join(' '));
};

const soa: Read = (data) => {
  const names = `${data.name()} ${data.name()}`;
  return data.done(`${names} ${[4, 4, 4, 4, 4].map(() => data.u32()).join(' ')}`);
};

const key: Read = (data) => data.done(`${data.u16()} ${data.u8()} ${data.u8()} ${base64Text(data.rest())}`);

const signature: Read = (data) => {
  const covered = typeName(data.u16());
  const head = `${covered} ${data.u8()} ${data.u8()} ${data.u32()}`;
  const times = `${timeText(data.u32())} ${timeText(data.u32())}`;
  return data.done(`${head} ${times} ${data.u16()} ${data.name()} ${base64Text(data.rest())}`);
};

/** RFC 4034 §3.2: `YYYYMMDDHHmmSS` in UTC. */
function timeText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/\.\d+Z$|[-:T]/g, '');
}

const nsec: Read = (data) => {
  const next = data.name();
  return data.done(`${next}${typeBitmap(data)}`);
};

const nsec3Head = (data: RdataReader) => {
  const numbers = `${data.u8()} ${data.u8()} ${data.u16()}`;
  return `${numbers} ${hexText(data.view(data.u8())) || '-'}`;
};

const nsec3: Read = (data) => {
  const head = nsec3Head(data);
  const next = base32Text(data.view(data.u8()));
  return data.done(`${head} ${next}${typeBitmap(data)}`);
};

/** RFC 4034 §4.1.2: windows of 256 types, one bit each; ` A NS SOA`. */
function typeBitmap(data: RdataReader): string {
  let text = '';
  while (data.left > 0) {
    const window = data.u8();
    const bits = data.view(data.u8());
    for (let i = 0; i < bits.length * 8; i++) {
      if ((bits[i >> 3]! & (0x80 >> (i & 7))) !== 0) text += ` ${typeName(window * 256 + i)}`;
    }
  }
  return text;
}

/** RFC 4648 §7, the alphabet of NSEC3. */
function base32Text(bytes: Uint8Array): string {
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUV';
  let text = '';
  let bits = 0;
  let held = 0;
  for (const octet of bytes) {
    held = ((held << 8) | octet) & 0xffff;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += alphabet[(held >> (bits - 5)) & 31];
  }
  return bits > 0 ? text + alphabet[(held << (5 - bits)) & 31] : text;
}

const naptr: Read = (data) => {
  const head = `${data.u16()} ${data.u16()}`;
  const strings = `${data.characterString()} ${data.characterString()} ${data.characterString()}`;
  return data.done(`${head} ${strings} ${data.name()}`);
};

/** RFC 8659 §4.1: `0 issue "ca.example"`. */
const caa: Read = (data) => {
  const flags = data.u8();
  const tag = data.view(data.u8());
  return data.done(`${flags} ${String.fromCharCode(...tag)} ${quoted(data.rest())}`);
};

const uri: Read = (data) => data.done(`${data.u16()} ${data.u16()} ${quoted(data.rest())}`);

const svcb: Read = (data) => {
  const head = `${data.u16()} ${data.name()}`;
  return data.done(`${head}${serviceParameters(data)}`);
};

const two: Read = (data) => data.done(`${data.name()} ${data.name()}`);

const readers: Readonly<Record<number, Read>> = {
  [A]: address(4),
  2: name,
  5: name,
  6: soa,
  12: name,
  13: texts,
  15: numbered(2),
  16: texts,
  17: two,
  18: numbered(2),
  [AAAA]: address(6),
  33: numbered(2, 2, 2),
  35: naptr,
  36: numbered(2),
  39: name,
  43: digest(2, 1, 1),
  44: digest(1, 1),
  46: signature,
  47: nsec,
  48: key,
  50: nsec3,
  51: (data) => data.done(nsec3Head(data)),
  52: digest(1, 1, 1),
  53: digest(1, 1, 1),
  59: digest(2, 1, 1),
  60: key,
  64: svcb,
  65: svcb,
  99: texts,
  256: uri,
  257: caa,
};
