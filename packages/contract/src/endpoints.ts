/** Every REST address in one table: the hub registers it, the browser and the command line call it. */

import type { z } from 'zod';
import { type Capability, Me } from './access.ts';
import {
  Histogram,
  HistogramQuery,
  Latencies,
  LatenciesQuery,
  MapQuery,
  Series,
  SeriesQuery,
  ServiceMap,
  Top,
  TopQuery,
  Totals,
} from './aggregates.ts';
import { AuditLog, AuditQuery } from './audit.ts';
import { EntriesQuery, Entry, EntryPage, Neighbours } from './entries.ts';
import { CaptureHealth, DoctorReport, Sources, VersionInfo } from './health.ts';
import { EntryParams, SavedQueryParams, WebhookParams } from './params.ts';
import {
  FieldValues,
  ImportBody,
  ImportResult,
  RunBody,
  RunResult,
  SavedQueries,
  SavedQuery,
  ValidateBody,
  Validation,
  ValuesQuery,
} from './queries.ts';
import { Scope } from './scalars.ts';
import { Settings, SettingsState } from './settings.ts';
import { ClusterInfo } from './targeting.ts';
import { Webhook, Webhooks } from './webhooks.ts';

export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path parameters as `:name`. */
  readonly path: string;
  /** One sentence for the API reference. */
  readonly summary: string;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly response: z.ZodType;
  /** Reads a payload or changes something: each call is in the audit log. */
  readonly audited?: boolean;
  /** What the caller must be allowed to; default `read`. */
  readonly needs?: Capability;
}

export const endpoints = {
  version: { method: 'GET', path: '/api/version', summary: 'Name and version of the hub.', response: VersionInfo },
  me: { method: 'GET', path: '/api/me', summary: 'Who you are to the hub and what you may do.', response: Me },
  entries: {
    method: 'GET',
    path: '/api/entries',
    summary: 'Entries that match a query, newest first, by cursor.',
    query: EntriesQuery,
    response: EntryPage,
  },
  entry: {
    method: 'GET',
    path: '/api/entries/:id',
    summary: 'One entry, whole.',
    params: EntryParams,
    response: Entry,
    audited: true,
  },
  neighbours: {
    method: 'GET',
    path: '/api/entries/:id/neighbours',
    summary: 'The calls around one on the same connection.',
    params: EntryParams,
    response: Neighbours,
  },
  histogram: {
    method: 'GET',
    path: '/api/histogram',
    summary: 'Entries and errors over time.',
    query: HistogramQuery,
    response: Histogram,
  },
  validate: {
    method: 'POST',
    path: '/api/query/validate',
    summary: 'Diagnostics and the normal form of a query.',
    body: ValidateBody,
    response: Validation,
  },
  run: {
    method: 'POST',
    path: '/api/query/run',
    summary: 'Runs a query with pipeline stages.',
    body: RunBody,
    response: RunResult,
  },
  values: {
    method: 'GET',
    path: '/api/values',
    summary: 'Most frequent values of a field, for completion.',
    query: ValuesQuery,
    response: FieldValues,
  },
  map: { method: 'GET', path: '/api/map', summary: 'Who calls whom.', query: MapQuery, response: ServiceMap },
  totals: {
    method: 'GET',
    path: '/api/stats/totals',
    summary: 'Rate, errors and latency of everything in scope.',
    query: Scope,
    response: Totals,
  },
  series: {
    method: 'GET',
    path: '/api/stats/series',
    summary: 'Rate, errors and latency over time.',
    query: SeriesQuery,
    response: Series,
  },
  latencies: {
    method: 'GET',
    path: '/api/stats/latencies',
    summary: 'How many calls took how long, over time.',
    query: LatenciesQuery,
    response: Latencies,
  },
  top: {
    method: 'GET',
    path: '/api/stats/top',
    summary: 'Rate, errors and latency by group.',
    query: TopQuery,
    response: Top,
  },
  captureHealth: {
    method: 'GET',
    path: '/api/health/capture',
    summary: 'What each agent sees and misses, and what the store holds.',
    response: CaptureHealth,
  },
  doctor: {
    method: 'GET',
    path: '/api/doctor',
    summary: 'Ordered checks that explain an empty screen.',
    query: Scope,
    response: DoctorReport,
  },
  sources: { method: 'GET', path: '/api/sources', summary: 'Live captures and files being read.', response: Sources },
  savedQueries: { method: 'GET', path: '/api/queries', summary: 'Saved queries by id.', response: SavedQueries },
  saveQuery: {
    method: 'PUT',
    path: '/api/queries/:id',
    summary: 'Makes or replaces a saved query.',
    params: SavedQueryParams,
    body: SavedQuery.omit({ id: true }),
    response: SavedQuery,
    audited: true,
    needs: 'change',
  },
  deleteQuery: {
    method: 'DELETE',
    path: '/api/queries/:id',
    summary: 'Removes a saved query.',
    params: SavedQueryParams,
    response: SavedQueries,
    audited: true,
    needs: 'change',
  },
  importQueries: {
    method: 'POST',
    path: '/api/queries/import',
    summary: 'Reads a queries.yaml.',
    body: ImportBody,
    response: ImportResult,
    audited: true,
    needs: 'change',
  },
  exportQueries: {
    method: 'GET',
    path: '/api/queries/export',
    summary: 'All saved queries as a queries.yaml.',
    response: ImportBody,
  },
  webhooks: {
    method: 'GET',
    path: '/api/webhooks',
    summary: 'Webhooks and what became of their messages.',
    response: Webhooks,
    needs: 'change',
  },
  saveWebhook: {
    method: 'PUT',
    path: '/api/webhooks/:name',
    summary: 'Makes or replaces a webhook.',
    params: WebhookParams,
    body: Webhook.omit({ name: true }),
    response: Webhooks,
    audited: true,
    needs: 'change',
  },
  deleteWebhook: {
    method: 'DELETE',
    path: '/api/webhooks/:name',
    summary: 'Removes a webhook.',
    params: WebhookParams,
    response: Webhooks,
    audited: true,
    needs: 'change',
  },
  importWebhooks: {
    method: 'POST',
    path: '/api/webhooks/import',
    summary: 'Reads the webhooks of a YAML file.',
    body: ImportBody,
    response: ImportResult,
    audited: true,
    needs: 'change',
  },
  cluster: {
    method: 'GET',
    path: '/api/cluster',
    summary: 'What the hub knows of its cluster, and what is captured of it.',
    response: ClusterInfo,
  },
  settings: {
    method: 'GET',
    path: '/api/settings',
    summary: 'Retention, redaction and capture settings.',
    response: SettingsState,
  },
  changeSettings: {
    method: 'PUT',
    path: '/api/settings',
    summary: 'Replaces the settings; agents hear of it at once.',
    body: Settings,
    response: SettingsState,
    audited: true,
    needs: 'change',
  },
  audit: {
    method: 'GET',
    path: '/api/audit',
    summary: 'Who read payloads and changed things, newest first.',
    query: AuditQuery,
    response: AuditLog,
    needs: 'audit',
  },
} as const satisfies Record<string, Endpoint>;

export type EndpointName = keyof typeof endpoints;
