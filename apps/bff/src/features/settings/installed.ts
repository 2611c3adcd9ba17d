/**
 * Settings come from two sides: the installation (the chart's values, the environment) and people on the settings page. What
 * people saved stands, over restarts and upgrades, until the installation's own value changes: then that is the newer wish.
 */

import { isDeepStrictEqual } from 'node:util';
import type { Settings, SettingsState } from '@kubeshark/contract';

type Overruled = SettingsState['overruled'];

/** How one value of the installation is called there, and where it is here. */
type Installed = readonly [
  name: string,
  of: (settings: Settings) => unknown,
  put: (to: Settings, from: Settings) => Settings,
];

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
    ({ maxCapturedSize: _, ...to }, { maxCapturedSize }) => ({
      ...to,
      ...(maxCapturedSize !== undefined && { maxCapturedSize }),
    }),
  ],
  ofRetention('hours'),
  ofRetention('bytes'),
  [
    'hub.retention.bodyHours',
    ({ retention }) => retention.bodyHours,
    ({ retention: { bodyHours: _, ...retention }, ...to }, { retention: { bodyHours } }) => ({
      ...to,
      retention: { ...retention, ...(bodyHours !== undefined && { bodyHours }) },
    }),
  ],
];

const textOf = (value: unknown): string => {
  if (value === undefined || value === '') return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'nothing' : value.join(', ');
  return String(value);
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
