import { deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readZipMember } from './kube-tools.ts';

/** A ZIP file of these members, deflated or stored (APPNOTE.TXT 4.3). */
function zipOf(members: readonly (readonly [name: string, text: string, isDeflated: boolean])[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, text, isDeflated] of members) {
    const data = isDeflated ? deflateRawSync(text) : Buffer.from(text);
    const local = Buffer.alloc(30);
    local.write('PK\u0003\u0004', 'latin1');
    local.writeUInt16LE(name.length, 26);
    const central = Buffer.alloc(46);
    central.write('PK\u0001\u0002', 'latin1');
    central.writeUInt16LE(isDeflated ? 8 : 0, 10);
    central.writeUInt32LE(data.length, 20);
    central.writeUInt16LE(name.length, 28);
    central.writeUInt32LE(at, 42);
    parts.push(local, Buffer.from(name), data);
    directory.push(central, Buffer.from(name));
    at += local.length + name.length + data.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 'latin1');
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

const zip = zipOf([
  ['other', 'not this', false],
  ['helm/helm', 'a program '.repeat(100), true],
  ['kubectl/kubectl', 'stored', false],
]);

test.each([
  ['a deflated member', 'helm/helm', 'a program '.repeat(100)],
  ['a stored one', 'kubectl/kubectl', 'stored'],
  ['one that is not there', 'helm', undefined],
])('%s', (_name, member, text) => {
  expect(readZipMember(zip, member)?.toString()).toBe(text);
});

test('no archive has no members', () => {
  expect(readZipMember(Buffer.from('not a zip'), 'helm/helm')).toBeUndefined();
});
