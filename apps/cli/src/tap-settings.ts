/** The chart's `tap` values, as `--set tap.key=value` and the configuration file take them, in one table: a test holds it to the chart's schema. */

import { nearest } from '@kubeshark/kfl';
import { Failure } from './failure.ts';

/** A value as it is meant, or what it should be. */
type Read<T> = { readonly value: T } | { readonly fault: string };

const text = (value: unknown): Read<string> => (typeof value === 'string' ? { value } : { fault: 'a text' });
const filled = (value: unknown): Read<string> => (value === '' ? { fault: 'a text' } : text(value));
const flag = (value: unknown): Read<boolean> => {
  const known = { true: true, false: false }[String(value)];
  return known === undefined ? { fault: 'true or false' } : { value: known };
};
const oneOf =
  <const T extends string>(...choices: readonly T[]) =>
  (value: unknown): Read<T> => {
    const found = choices.find((choice) => choice === value);
    return found === undefined ? { fault: `one of ${choices.join(', ')}` } : { value: found };
  };
const whole =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (value: unknown): Read<number> => {
    const number = value === '' ? Number.NaN : Number(value);
    const fits = Number.isInteger(number) && number >= least && number <= most;
    return fits ? { value: number } : { fault: `a whole number, ${least} at least` };
  };
/** Of --set: `a,b`, or `{a,b}` as Helm writes it. Of the file: a list. */
const list =
  (item: RegExp, what: string) =>
  (value: unknown): Read<readonly string[]> => {
    const items: unknown = typeof value === 'string' ? value.replace(/^\{(.*)\}$/, '$1').split(',') : value;
    const isList = Array.isArray(items) && items.every((one) => typeof one === 'string' && item.test(one));
    return isList ? { value: items as readonly string[] } : { fault: `${what}, or several with commas` };
  };

const namespaces = list(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'a namespace');
const MIN_RING_BYTES = 16_777_216;
const MAX_CAPTURED_KILOBYTES = 1_048_576;

const values = {
  namespaces,
  excludedNamespaces: namespaces,
  regex: text,
  labelSelector: text,
  services: list(/^([-a-z0-9.]+\/)?[-a-z0-9.]+$/, 'a service like cart or shop/cart'),
  record: flag,
  interface: filled,
  packetCapture: oneOf('best', 'ebpf', 'libpcap'),
  packetFilter: text,
  'ring.bytes': (value: unknown) => (Number(value) === 0 ? { value: 0 } : whole(MIN_RING_BYTES)(value)),
  maxCapturedSize: whole(0, MAX_CAPTURED_KILOBYTES),
  tls: flag,
  'tlsKeys.keyLog': text,
  logLevel: oneOf('trace', 'debug', 'info', 'warn', 'error', 'silent'),
} as const satisfies Readonly<Record<string, (value: unknown) => Read<unknown>>>;

/** What only a cluster has; objects with everything in them. */
const ofTheCluster = [
  'tlsKeys.secret',
  'spoolSize',
  'resources',
  'tolerations',
  'nodeSelector',
  'priorityClassName',
] as const;

type Key = keyof typeof values;
type ValueOf<R> = R extends { readonly value: infer V } ? V : never;
export type TapSettings = { readonly [K in Key]?: ValueOf<ReturnType<(typeof values)[K]>> };

const isKey = (key: string): key is Key => Object.hasOwn(values, key);
const PREFIX = 'tap.';
/** `tap.namespaces`, … */
export const tapNames: readonly string[] = Object.keys(values).map((key) => `${PREFIX}${key}`);
/** Names of the chart's that are only for a cluster. */
export const clusterNames: readonly string[] = ofTheCluster.map((key) => `${PREFIX}${key}`);

/** Settings by their names in the chart. Throws a Failure that names the key, and the one that may be meant. */
export function readTapSettings(pairs: Readonly<Record<string, unknown>>): TapSettings {
  const settings: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(pairs)) {
    const key = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : '';
    if (!isKey(key)) throw unknownKey(name, key);
    const read = values[key](value);
    if ('fault' in read) throw new Failure('usage', `${name}=${String(value)} is wrong: it is ${read.fault}.`);
    settings[key] = read.value;
  }
  return settings;
}

function unknownKey(name: string, key: string): Failure {
  if (ofTheCluster.some((known) => key === known || key.startsWith(`${known}.`) || key.startsWith(`${known}[`)))
    return new Failure('usage', `${name} is a setting of the installation in a cluster: helm upgrade --set ${name}=…`);
  const near = nearest(name.startsWith(PREFIX) ? name : `${PREFIX}${name}`, tapNames);
  const hint = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `There are ${tapNames.join(', ')}.`;
  return new Failure('usage', `There is no setting ${name}. ${hint}`);
}

/** The settings of a file's `tap`, nested as in the chart, by their names. */
export function flatTapSettings(tap: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const flat: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(tap)) {
    const isNested = (key === 'ring' || key === 'tlsKeys') && typeof value === 'object' && value !== null;
    if (!isNested) flat[`${PREFIX}${key}`] = value;
    else for (const [inner, one] of Object.entries(value)) flat[`${PREFIX}${key}.${inner}`] = one;
  }
  return flat;
}

/** Those that say how this machine is captured, as the agent takes them (docs/configuration.md). */
export function agentEnvironment(settings: TapSettings): Record<string, string> {
  const { packetCapture, packetFilter, maxCapturedSize, tls, logLevel, interface: names } = settings;
  const keyLog = tls === false ? undefined : settings['tlsKeys.keyLog'];
  const ring = settings['ring.bytes'];
  return {
    ...(names !== undefined && { KUBESHARK_INTERFACE: names }),
    ...(packetCapture !== undefined && { KUBESHARK_PACKET_CAPTURE: packetCapture }),
    ...(packetFilter !== undefined && packetFilter !== '' && { KUBESHARK_PACKET_FILTER: packetFilter }),
    ...(maxCapturedSize !== undefined && { KUBESHARK_MAX_CAPTURED_SIZE: String(maxCapturedSize * 1024) }),
    ...(keyLog !== undefined && keyLog !== '' && { KUBESHARK_TLS_KEYS: keyLog }),
    ...(ring !== undefined && ring > 0 && { KUBESHARK_RING_BYTES: String(ring) }),
    ...(logLevel !== undefined && { KUBESHARK_LOG_LEVEL: logLevel }),
  };
}

/** Those of a hub that is started here. */
export function hubEnvironment(settings: TapSettings): Record<string, string> {
  const { namespaces = [], excludedNamespaces = [], regex = '', labelSelector = '', services = [], record } = settings;
  return {
    KUBESHARK_TAP_NAMESPACES: namespaces.join(','),
    KUBESHARK_TAP_EXCLUDED_NAMESPACES: excludedNamespaces.join(','),
    KUBESHARK_TAP_REGEX: regex,
    KUBESHARK_TAP_LABEL_SELECTOR: labelSelector,
    KUBESHARK_TAP_SERVICES: services.join(','),
    ...(record === true && { KUBESHARK_RECORD: 'true' }),
  };
}

/** Settings that say how packets are captured: with one of them this machine is meant, not a hub. */
export const isAboutCapture = (settings: TapSettings): boolean => Object.keys(agentEnvironment(settings)).length > 0;

/** The query, narrowed to what the settings would have captured. Throws a Failure for what no query can say. */
export function narrowed(query: string, settings: TapSettings): string {
  const { namespaces = [], excludedNamespaces = [], regex = '', labelSelector = '', services = [] } = settings;
  if (labelSelector !== '')
    throw new Failure('usage', 'tap.labelSelector is for capturing: set it in the hub’s settings or with helm.');
  const either = (condition: (end: 'src' | 'dst') => string) => `(${condition('src')} or ${condition('dst')})`;
  const conditions = [
    ...(namespaces.length === 0 ? [] : [either((end) => `${end}.namespace in ${JSON.stringify(namespaces)}`)]),
    ...(excludedNamespaces.length === 0
      ? []
      : [
          either(
            (end) => `(${end}.namespace exists and not ${end}.namespace in ${JSON.stringify(excludedNamespaces)})`,
          ),
        ]),
    ...(regex === '' ? [] : [either((end) => `${end}.pod matches ${JSON.stringify(regex)}`)]),
    ...(services.length === 0 ? [] : [either((end) => `(${services.map((one) => isService(end, one)).join(' or ')})`)]),
  ];
  return (
    [...conditions, ...(query.trim() === '' || conditions.length === 0 ? [] : [`(${query})`])].join(' and ') || query
  );
}

function isService(end: 'src' | 'dst', name: string): string {
  const [service = '', namespace] = name.split('/').toReversed();
  const isNamed = `${end}.service == ${JSON.stringify(service)}`;
  return namespace === undefined ? isNamed : `(${isNamed} and ${end}.namespace == ${JSON.stringify(namespace)})`;
}
