/** What this machine lets an agent capture, tried rather than guessed: checks in the order a person would look. */

import { accessSync, constants, readdirSync, readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import type { Check } from '@kubeshark/contract';
import type { Config } from '../config.ts';
import { openHelper } from '../sources/helper.ts';
import { openLibpcap } from '../sources/libpcap.ts';
import { isRefusal, type LiveOptions, type Opened, type Refusal } from '../sources/source.ts';

type Finding = Omit<Check, 'id' | 'title'>;

const ok = (evidence: string): Finding => ({ state: 'ok', evidence });
const amiss = (state: 'warning' | 'failed', evidence: string, nextStep?: string): Finding => ({
  state,
  evidence,
  ...(nextStep !== undefined && { nextStep }),
});
const unknown = (evidence: string): Finding => ({ state: 'unknown', evidence });

/** Opens a source and closes it again; undefined when it works. */
async function tried(opened: Promise<Opened>): Promise<Refusal | undefined> {
  const source = await opened;
  if (isRefusal(source)) return source;
  await source.close();
  await source.read({ frame: () => undefined });
  return undefined;
}

/** One of the two is enough; without it, what the settings ask for is missing. */
function way(refusal: Refusal | undefined, { works, isEnough }: { works: string; isEnough: boolean }): Finding {
  if (refusal === undefined) return ok(works);
  return amiss(isEnough ? 'warning' : 'failed', refusal.refused, refusal.fix);
}

function interfaces(folder = '/sys/class/net'): Finding {
  try {
    const states = readdirSync(folder).map((name) => {
      // Loopback and tunnels have no carrier to tell of: `unknown` is up.
      const isDown = readFileSync(`${folder}/${name}/operstate`, 'utf8').trim() === 'down';
      return { name, isDown };
    });
    const list = (isDown: boolean) => states.filter((state) => state.isDown === isDown).map(({ name }) => name);
    const down = list(true);
    return ok(`${list(false).join(', ') || 'none'}${down.length === 0 ? '' : `; down: ${down.join(', ')}`}`);
  } catch {
    return unknown('this system does not list them');
  }
}

/** The first process is always somebody else's, unless one is root. */
function processes(): Finding {
  try {
    accessSync('/proc/1/fd', constants.R_OK);
    return ok('open files of all processes can be read');
  } catch {
    return amiss(
      'warning',
      'only those of this user: ends of other users’ connections have no name',
      'Run as root, or give the agent CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH.',
    );
  }
}

function keys(paths: readonly string[]): Finding {
  if (paths.length === 0) return unknown('none given: TLS is shown as connections, not opened');
  const unreadable = paths.filter((file) => {
    try {
      accessSync(file, constants.R_OK);
      return false;
    } catch {
      return true;
    }
  });
  if (unreadable.length === 0) return ok(paths.join(', '));
  return amiss(
    'warning',
    `cannot be read: ${unreadable.join(', ')}`,
    'Programs make a key log when SSLKEYLOGFILE names it.',
  );
}

async function ring({ ring: settings }: Config): Promise<Finding> {
  if (settings === undefined) return unknown('packets are not kept: recordings hold calls, and packets made from them');
  const { directory, budgetBytes } = settings;
  try {
    const { bavail, bsize } = await statfs(directory);
    const free = bavail * bsize;
    if (free >= budgetBytes) return ok(`${megabytes(budgetBytes)} in ${directory}, ${megabytes(free)} are free`);
    return amiss(
      'warning',
      `${megabytes(budgetBytes)} are to be kept in ${directory}, ${megabytes(free)} are free`,
      'Free disk space, or keep less (KUBESHARK_RING_BYTES).',
    );
  } catch {
    return unknown(`${directory} is made when capture begins`);
  }
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20).toLocaleString('en')} MiB`;

export async function examineHost(config: Config): Promise<readonly Check[]> {
  const { interfaces: names, packetFilter, snapLength, helper, packetCapture, tlsKeys } = config;
  const options: LiveOptions = { interfaces: names, filter: packetFilter, snapLength };
  const [ofHelper, ofTcpdump] = await Promise.all([tried(openHelper(options, helper)), tried(openLibpcap(options))]);
  const isEnough = packetCapture === 'best' && (ofHelper === undefined || ofTcpdump === undefined);
  const wanted = names.join(', ');
  const asked = packetFilter === undefined ? wanted : `${wanted}, ${packetFilter}`;
  return [
    {
      id: 'helper',
      title: 'The capture helper captures',
      ...way(ofHelper, { works: `from ${asked}`, isEnough: isEnough || packetCapture === 'libpcap' }),
    },
    {
      id: 'tcpdump',
      title: 'tcpdump captures',
      ...way(ofTcpdump, { works: `from ${asked}`, isEnough: isEnough || packetCapture === 'ebpf' }),
    },
    { id: 'interfaces', title: 'Interfaces', ...interfaces() },
    { id: 'processes', title: 'Processes can be named', ...processes() },
    { id: 'keys', title: 'Keys that open TLS', ...keys(tlsKeys) },
    { id: 'ring', title: 'Packets are kept', ...(await ring(config)) },
  ];
}
