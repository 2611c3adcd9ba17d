/** What an administrator may change while everything runs. */

import { z } from 'zod';
import { RedactionSettings } from './redaction.ts';
import { Targeting } from './targeting.ts';

export const Settings = z
  .object({
    retention: z.object({
      /** Entries stored longer ago are dropped. */
      hours: z
        .number()
        .positive()
        .max(24 * 366),
      /** Disk space of all entries. */
      bytes: z.number().positive(),
      /** Bodies stored longer ago are dropped while their entries stay; absent means with their entries. */
      bodyHours: z
        .number()
        .positive()
        .max(24 * 366)
        .optional(),
    }),
    /** Bytes kept of each body; absent means the agents' own setting. */
    maxCapturedSize: z.number().int().min(0).optional(),
    redaction: RedactionSettings,
    tap: Targeting.prefault({}),
  })
  .meta({ id: 'Settings' });
export type Settings = z.infer<typeof Settings>;

/** The settings as they are, and what was saved and is not so any more. */
export const SettingsState = Settings.extend({
  /** Saved settings that the installation's own, changed since, have taken the place of; until the next change here. */
  overruled: z
    .array(
      z.object({
        /** Name in the chart's values: `tap.namespaces`. */
        name: z.string(),
        saved: z.string(),
        now: z.string(),
      }),
    )
    .default([]),
}).meta({ id: 'SettingsState' });
export type SettingsState = z.infer<typeof SettingsState>;
