/**
 * Settings come from two sides: the installation (the chart's values, the environment) and people on the settings page. What
 * people saved stands, over restarts and upgrades, until the installation's own value changes: then that is the newer wish.
 */

import { isDeepStrictEqual } from 'node:util';
import type { Settings, SettingsState } from '@kubeshark/contract';

type Overruled = SettingsState['overruled'];

type Value = string | number | readonly string[] | undefined;

/** How one value of the installation is called there, and where it is here. */
type Installed = readonly [
  name: string,
  of: (settings: Settings) => Value,
  put: (to: Settings, from: Settings) => Settings,
];

/** The same with a value at a key, or without the key. */
function withOptional<Holder extends object, Key extends keyof Holder>(
  holder: Holder,
  key: Key,
  value: Holder[Key] | undefined,
): Holder {
  const copy: Holder = { ...holder };
  if (value === undefined) Reflect.deleteProperty(copy, key);
  else copy[key] = value;
  return copy;
}

const ofTap = (name: Exclude<keyof Settings['tap'], 'paused'>): Installed => [
  `tap.${name}`,
  ({ tap }) => tap[name],
  (to, from) => ({ ...to, tap: { ...to.tap, [name]: from.tap[name] } }),
];
const ofRetention = (name: 'hours' | 'bytes'): Installed => [
  `hub.retention.${name}`,
  ({ retention }) => retention[name],
  (to, from) => ({ ...to, retention: { ...to.retention, [name]: from.retention[name] } }),
];

/** All that the installation says; what it says nothing of (redaction, a pause) is only ever changed by people. */
const installed: readonly Installed[] = [
  ...(['namespaces', 'excludedNamespaces', 'regex', 'labelSelector', 'services'] as const).map(ofTap),
  [
    'tap.maxCapturedSize',
    ({ maxCapturedSize }) => maxCapturedSize,
    (to, { maxCapturedSize }) => withOptional(to, 'maxCapturedSize', maxCapturedSize),
  ],
  ofRetention('hours'),
  ofRetention('bytes'),
  [
    'hub.retention.bodyHours',
    ({ retention }) => retention.bodyHours,
    (to, { retention: { bodyHours } }) => ({ ...to, retention: withOptional(to.retention, 'bodyHours', bodyHours) }),
  ],
];

const textOf = (value: Value): string => {
  const text = typeof value === 'object' ? value.join(', ') : String(value ?? '');
  return text === '' ? 'nothing' : text;
};

/**
 * The settings now: `saved` by people while the installation said `before`; it says `now`. Each value by itself: where the
 * installation says something else than then, it is right. `overruled` are those that people had changed.
 */
export function settingsNow(
  saved: Settings,
  before: Settings,
  now: Settings,
): { readonly settings: Settings; readonly overruled: Overruled } {
  let settings = saved;
  const overruled: Overruled = [];
  for (const [name, of, put] of installed) {
    if (isDeepStrictEqual(of(before), of(now))) continue;
    settings = put(settings, now);
    const isLost = !isDeepStrictEqual(of(saved), of(before)) && !isDeepStrictEqual(of(saved), of(now));
    if (isLost) overruled.push({ name, saved: textOf(of(saved)), now: textOf(of(now)) });
  }
  return { settings, overruled };
}
