/**
 * Packet filters for the kernel: classic BPF (https://docs.kernel.org/networking/filter.html) over packets that begin with
 * their IP header, as the capture helper sees them. A person's expression is compiled by tcpdump; what Kubeshark itself leaves
 * out is written here, so that it needs no other program.
 */

import { execFile } from 'node:child_process';
import { isIPv4 } from 'node:net';
import { addressBytes } from '@kubeshark/capture';
import { refusalOf } from './libpcap.ts';
import { DEFAULT_SNAP_LENGTH, type Listener, type LiveOptions, type Refusal } from './source.ts';

/** Code, jump if true, jump if false, operand. */
export type Instruction = readonly [code: number, jt: number, jf: number, k: number];

/** Compiling takes milliseconds; a name that must be asked for, seconds. */
const COMPILE_MILLIS = 10_000;

/** BPF_LD and BPF_LDX with width and mode, BPF_JMP with its comparison, BPF_RET. */
const LOAD_WORD = 0x20;
const LOAD_HALF = 0x28;
const LOAD_BYTE = 0x30;
const LOAD_HALF_BEHIND_X = 0x48;
/** X = 4 × the low half of a byte: the length of an IPv4 header. */
const LOAD_HEADER_LENGTH = 0xb1;
const AND = 0x54;
const JUMP_EQUAL = 0x15;
const JUMP_ANY_BIT = 0x45;
const RETURN = 0x06;

const TCP = 6;

/** Where a test may go on; the next step is the way otherwise. */
type Place = 'end' | 'drop' | 'target';

/** An instruction whose jumps are places. */
interface Step {
  readonly code: number;
  readonly k: number;
  readonly yes?: Place;
  readonly no?: Place;
}

/** TCP of this address and port, either way, is dropped; everything else goes on behind the program. */
function exception({ address, port }: Listener): readonly Instruction[] {
  const bytes = addressBytes(address);
  if (bytes === undefined) return [];
  const isV4 = isIPv4(address);
  const layout = isV4
    ? { version: 0x40, protocol: 9, source: 12, target: 16, ports: 0, loadPort: LOAD_HALF_BEHIND_X }
    : { version: 0x60, protocol: 6, source: 8, target: 24, ports: 40, loadPort: LOAD_HALF };
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const hasAddress = (at: number, no: Place) =>
    Array.from({ length: bytes.length / 4 }, (_, n): Step[] => [
      { code: LOAD_WORD, k: at + n * 4 },
      { code: JUMP_EQUAL, k: view.getUint32(n * 4), no },
    ]).flat();
  const hasPort = (at: number, no: Place): Step[] => [
    { code: layout.loadPort, k: at },
    { code: JUMP_EQUAL, k: port, yes: 'drop', no },
  ];
  const head: Step[] = [
    { code: LOAD_BYTE, k: 0 },
    { code: AND, k: 0xf0 },
    { code: JUMP_EQUAL, k: layout.version, no: 'end' },
    { code: LOAD_BYTE, k: layout.protocol },
    { code: JUMP_EQUAL, k: TCP, no: 'end' },
  ];
  // Only the first fragment of a packet has ports.
  const ipv4: Step[] = [
    { code: LOAD_HALF, k: 6 },
    { code: JUMP_ANY_BIT, k: 0x1fff, yes: 'end' },
    { code: LOAD_HEADER_LENGTH, k: 0 },
  ];
  const source = [...hasAddress(layout.source, 'target'), ...hasPort(layout.ports, 'target')];
  const target = [...hasAddress(layout.target, 'end'), ...hasPort(layout.ports + 2, 'end')];
  const before = [...head, ...(isV4 ? ipv4 : []), ...source];
  return assemble([...before, ...target], before.length);
}

/** Steps with places → instructions with distances; the one that drops stands at the end. */
function assemble(steps: readonly Step[], target: number): readonly Instruction[] {
  const places = { target, drop: steps.length, end: steps.length + 1 };
  const program = steps.map(({ code, k, yes, no }, at): Instruction => {
    const distance = (to: Place | undefined) => (to === undefined ? 0 : places[to] - at - 1);
    return [code, distance(yes), distance(no), k];
  });
  return [...program, [RETURN, 0, 0, 0]];
}

/** Text of `tcpdump -ddd`: a count, then an instruction a line. */
function parseProgram(text: string): readonly Instruction[] {
  const [, ...lines] = text.trim().split('\n');
  return lines.map((line) => {
    const [code = 0, jt = 0, jf = 0, k = 0] = line.split(' ').map(Number);
    return [code, jt, jf, k];
  });
}

/** The same text, as the helper reads it. */
export const programText = (program: readonly Instruction[]): string =>
  `${program.length}\n${program.map((instruction) => `${instruction.join(' ')}\n`).join('')}`;

/** What the kernel runs for these options: exceptions drop, then the filter says how much is kept. */
export async function packetFilter(
  { filter, except = [], snapLength = DEFAULT_SNAP_LENGTH }: Partial<LiveOptions>,
  tcpdump = 'tcpdump',
): Promise<readonly Instruction[] | Refusal> {
  const exceptions = except.flatMap(exception);
  if (filter === undefined) return [...exceptions, [RETURN, 0, 0, snapLength]];
  const compiled = await compile(filter, { snapLength, tcpdump });
  return 'refused' in compiled ? compiled : [...exceptions, ...compiled];
}

function compile(
  filter: string,
  { snapLength, tcpdump }: { readonly snapLength: number; readonly tcpdump: string },
): Promise<readonly Instruction[] | Refusal> {
  // After `--` nothing in a filter can become an option.
  const words = ['-y', 'RAW', '-s', String(snapLength), '-ddd', '--', filter];
  return new Promise((resolve) => {
    execFile(tcpdump, words, { timeout: COMPILE_MILLIS }, (error, out, said) => {
      if (error === null) return resolve(parseProgram(out));
      if (error.code === 'ENOENT') {
        return resolve({
          refused: 'a packet filter is compiled by tcpdump, which is not installed',
          fix: 'apt-get install -y --no-install-recommends tcpdump (as root)',
        });
      }
      // Of link headers libpcap says the one or the other, and both are true of the helper only.
      if (/ethernet addresses supported only|rejects all packets/i.test(said)) {
        return resolve({
          refused: `the packet filter matches nothing behind link headers, where the capture helper looks (${lineOf(said)})`,
          fix: 'filter by IP address and port, or capture with tcpdump (KUBESHARK_PACKET_CAPTURE=libpcap)',
        });
      }
      return resolve(refusalOf(said, ''));
    });
  });
}

const lineOf = (said: string) => said.replace(/^tcpdump: /gm, '').trim();
