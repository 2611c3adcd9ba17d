/** What the replay dialog holds, and what the hub is asked for. */

import type { StartReplayBody } from '@kubeshark/contract/recordings';

export interface ReplayChoice {
  readonly target: string;
  readonly filter: string;
  readonly pace: 'recorded' | 'faster' | 'max' | 'rate';
  /** How many times as fast, or calls a second. */
  readonly amount: number;
  readonly rampSeconds: number;
  readonly loops: number;
  /** 0 is until everything is sent. */
  readonly durationSeconds: number;
  readonly concurrency: number;
  /** Of a hundred. */
  readonly sample: number;
  readonly allowWrites: boolean;
  /** `GET, HEAD`; empty is all. */
  readonly methods: string;
  /** `Authorization: Bearer …`, one a line. */
  readonly headers: string;
  readonly dropHeaders: string;
  /** `shop.example = http://staging:8080`, one a line. */
  readonly hosts: string;
  readonly insecure: boolean;
  readonly captures: string;
  readonly ignore: string;
  readonly hasBaseline: boolean;
  readonly strict: boolean;
  /** Places, one a line. */
  readonly unordered: string;
  readonly latencyMillis: number;
}

export const firstChoice: ReplayChoice = {
  target: '',
  filter: '',
  pace: 'recorded',
  amount: 2,
  rampSeconds: 0,
  loops: 1,
  durationSeconds: 0,
  concurrency: 256,
  sample: 100,
  allowWrites: false,
  methods: '',
  headers: '',
  dropHeaders: '',
  hosts: '',
  insecure: false,
  captures: '',
  ignore: '',
  hasBaseline: false,
  strict: false,
  unordered: '',
  latencyMillis: 250,
};

const words = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== '');

/** Lines `name SEPARATOR value`; other lines say nothing. */
function pairs(text: string, line: RegExp): Record<string, string> {
  const found = text.split('\n').map((one) => line.exec(one));
  return Object.fromEntries(found.flatMap((match) => (match === null ? [] : [[match[1] ?? '', match[2] ?? '']])));
}

/** `X-Tenant: a:b` */
const headerLine = /^\s*([^:\s]+)\s*:\s*(.*?)\s*$/;
/** `shop.example:8080 = http://staging` */
const hostLine = /^\s*([^=\s]+)\s*=\s*(\S+)\s*$/;

export function replayBody(choice: ReplayChoice): StartReplayBody {
  const { target, filter, pace, amount, rampSeconds, durationSeconds, methods, dropHeaders, unordered } = choice;
  const { loops, concurrency, sample, allowWrites, insecure, captures, ignore, hasBaseline, strict } = choice;
  return {
    target: target.trim(),
    filter: filter.trim(),
    speed: pace === 'faster' ? amount : pace === 'max' ? 'max' : 1,
    ...(pace === 'rate' && { rate: amount }),
    ...(pace === 'rate' && rampSeconds > 0 && { rampSeconds }),
    ...(durationSeconds > 0 && { durationSeconds }),
    loops,
    concurrency,
    sample: sample / 100,
    allowWrites,
    ...(words(methods).length > 0 && { methods: words(methods) }),
    mapHosts: pairs(choice.hosts, hostLine),
    dropHeaders: words(dropHeaders),
    insecure,
    setHeaders: pairs(choice.headers, headerLine),
    captures,
    ignore,
    hasBaseline,
    strict,
    unordered: words(unordered),
    latencyMillis: choice.latencyMillis,
  };
}
