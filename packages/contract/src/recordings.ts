/**
 * Exports, recordings, opened files and replays. A table of its own behind a door of its own: the browser loads it with the
 * pages that need it.
 */

import { z } from 'zod';
import type { Endpoint } from './endpoints.ts';
import { ReplayInfo, ReplayPlan, StartReplayBody } from './replays.ts';
import { EntryId, Query, Scope } from './scalars.ts';

export { ReplayInfo, ReplayPlan, ReplayReport, StartReplayBody } from './replays.ts';

export const exportFormatNames = [
  'pcap',
  'pcapng',
  'har',
  'json',
  'ndjson',
  'csv',
  'parquet',
  'curl',
  'openapi',
] as const;
export type ExportFormatName = (typeof exportFormatNames)[number];

/** Calls chosen one by one: what fits into an address. */
export const MAX_EXPORT_IDS = 300;

/**
 * `captured`: packets as they were on the wire, where a node keeps them, else rebuilt. `rebuilt`: made again from the calls,
 * without what was redacted in them.
 */
export const PacketsChoice = z.enum(['captured', 'rebuilt']);
export type PacketsChoice = z.infer<typeof PacketsChoice>;

export const ExportQuery = Scope.extend({
  format: z.enum(exportFormatNames),
  /** Ids separated by commas: these calls, in this order, instead of a query. */
  ids: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(EntryId).max(MAX_EXPORT_IDS))
    .optional(),
  /** Of formats of packets. */
  packets: PacketsChoice.default('captured'),
});
export type ExportQuery = z.infer<typeof ExportQuery>;

/** An answer that is a file. */
export const FileBody = z.unknown();

const whole = z.number().int().min(1);
const micros = z.number().min(0);

/** When a recording ends by itself; the first that is reached. Absent means it goes on until somebody stops it. */
export const RecordingLimits = z.object({
  seconds: z
    .number()
    .positive()
    .max(7 * 86_400)
    .optional(),
  /** Of the packed entries on the hub's disk. */
  bytes: whole.optional(),
  entries: whole.optional(),
});
export type RecordingLimits = z.infer<typeof RecordingLimits>;

export const RecordingName = z.string().trim().min(1).max(200);
const Notes = z.string().max(10_000);

/** How often a scheduled recording is made again. */
export const Repeat = z.enum(['hour', 'day', 'week']);
export type Repeat = z.infer<typeof Repeat>;
export const repeatSeconds: Readonly<Record<Repeat, number>> = { hour: 3_600, day: 86_400, week: 7 * 86_400 };

const StartRecording = z.object({
  name: RecordingName,
  query: Query.default(''),
  notes: Notes.optional(),
  limits: RecordingLimits.default({}),
  /** Begins then instead of now. */
  startAt: micros.optional(),
  /** And again each time after that; needs a time it begins at, and one after which it ends before the next. */
  repeat: Repeat.optional(),
  /** Calls of so many seconds before the start are in it too. */
  preRollSeconds: z.number().min(0).max(3600).default(0),
  packets: PacketsChoice.default('captured'),
});
export const StartRecordingBody = StartRecording.refine(
  ({ repeat, startAt, limits }) =>
    repeat === undefined ||
    (startAt !== undefined && limits.seconds !== undefined && limits.seconds < repeatSeconds[repeat]),
  'a recording that is repeated begins at a time and ends, after a time, before the next',
);
export type StartRecordingBody = z.infer<typeof StartRecordingBody>;

export const RecordingState = z.enum([
  'scheduled',
  'recording',
  /** Stopped; its packets are being written. */
  'sealing',
  'done',
  /** It could not be ended well; `reason` says why. */
  'failed',
]);
export type RecordingState = z.infer<typeof RecordingState>;

export const RecordingInfo = z
  .object({
    id: z.string(),
    name: z.string(),
    notes: z.string().optional(),
    query: z.string(),
    state: RecordingState,
    limits: RecordingLimits,
    startAt: micros.optional(),
    repeat: Repeat.optional(),
    startedAt: micros.optional(),
    stoppedAt: micros.optional(),
    stopReason: z.string().optional(),
    reason: z.string().optional(),
    entries: z.number(),
    /** Packed entries on disk. */
    bytes: z.number(),
    /** Of the file that is downloaded, once it is whole. */
    fileBytes: z.number().optional(),
    protocols: z.record(z.string(), z.number()),
    /** What is known to be missing, in sentences. */
    gaps: z.array(z.string()),
    packets: z
      .object({
        origin: z.string(),
        count: z.number(),
        missing: z.record(z.string(), z.number()),
        rebuilt: z.number().optional(),
        reasons: z.array(z.string()).optional(),
      })
      .optional(),
  })
  .meta({ id: 'Recording' });
export type RecordingInfo = z.infer<typeof RecordingInfo>;

/** Newest first. */
export const RecordingList = z
  .object({
    recordings: z.array(RecordingInfo),
    /** What all of them may take on disk, and for how long they are kept. */
    retention: z.object({ days: z.number(), bytes: z.number(), used: z.number() }),
  })
  .meta({ id: 'Recordings' });

export const RecordingParams = z.object({ id: z.string().regex(/^[0-9a-f]{12}$/, 'an id the hub gave out') });
export const ChangeRecordingBody = z.object({ name: RecordingName, notes: Notes.optional() });

/** What packets a recording that is started now would have, and why. */
export const PacketsOutlook = z
  .object({
    /** Nodes that keep packets, since when and how many bytes. */
    kept: z.array(z.object({ node: z.string(), since: micros.nullable(), bytes: z.number() })),
    /** Nodes that keep none. */
    without: z.array(z.string()),
    /** Why they would be rebuilt, in a sentence; absent when they would not. */
    reason: z.string().optional(),
  })
  .meta({ id: 'PacketsOutlook' });
export type PacketsOutlook = z.infer<typeof PacketsOutlook>;

export const OpenedFile = z
  .object({
    id: z.string(),
    name: z.string(),
    /** `damaged`: it was read up to a place that `reason` names. */
    state: z.enum(['reading', 'done', 'damaged']),
    reason: z.string().optional(),
    entries: z.number(),
  })
  .meta({ id: 'OpenedFile' });
export type OpenedFile = z.infer<typeof OpenedFile>;
const OpenedFiles = z.object({ files: z.array(OpenedFile) }).meta({ id: 'OpenedFiles' });

export const recordingEndpoints = {
  export: {
    method: 'GET',
    path: '/api/export',
    summary: 'The calls of a query as a file, oldest first. Ends when the client goes away.',
    query: ExportQuery,
    response: FileBody,
    audited: true,
    needs: 'export',
  },
  recordings: {
    method: 'GET',
    path: '/api/recordings',
    summary: 'Recordings, those that run with their counters.',
    response: RecordingList,
    needs: 'record',
  },
  packetsOutlook: {
    method: 'GET',
    path: '/api/packets',
    summary: 'Whose packets are kept, so that recordings and exports have those of the wire.',
    response: PacketsOutlook,
    needs: 'record',
  },
  startRecording: {
    method: 'POST',
    path: '/api/recordings',
    summary: 'Starts or schedules a recording; several may run at once.',
    body: StartRecordingBody,
    response: RecordingInfo,
    audited: true,
    needs: 'record',
  },
  stopRecording: {
    method: 'POST',
    path: '/api/recordings/:id/stop',
    summary: 'Ends a recording; one that has not begun is removed from the schedule.',
    params: RecordingParams,
    response: RecordingInfo,
    audited: true,
    needs: 'record',
  },
  changeRecording: {
    method: 'PUT',
    path: '/api/recordings/:id',
    summary: 'Changes name and notes.',
    params: RecordingParams,
    body: ChangeRecordingBody,
    response: RecordingInfo,
    audited: true,
    needs: 'record',
  },
  deleteRecording: {
    method: 'DELETE',
    path: '/api/recordings/:id',
    summary: 'Deletes a recording; for ten minutes it can be restored.',
    params: RecordingParams,
    response: RecordingList,
    audited: true,
    needs: 'record',
  },
  restoreRecording: {
    method: 'POST',
    path: '/api/recordings/:id/restore',
    summary: 'Takes a deletion back.',
    params: RecordingParams,
    response: RecordingInfo,
    audited: true,
    needs: 'record',
  },
  downloadRecording: {
    method: 'GET',
    path: '/api/recordings/:id/file',
    summary: 'The recording as one file, docs/recording-format.md.',
    params: RecordingParams,
    response: FileBody,
    audited: true,
    needs: 'export',
  },
  exportRecording: {
    method: 'GET',
    path: '/api/recordings/:id/export',
    summary: 'The calls of a recording in another form.',
    params: RecordingParams,
    query: z.object({
      format: z.enum(exportFormatNames),
      q: Query.default(''),
      packets: PacketsChoice.default('captured'),
    }),
    response: FileBody,
    audited: true,
    needs: 'export',
  },
  opened: {
    method: 'GET',
    path: '/api/opened',
    summary: 'Files opened beside the live traffic; `?source=<id>` on every read looks into one.',
    response: OpenedFiles,
  },
  openFile: {
    method: 'POST',
    path: '/api/opened',
    summary: 'Opens a recording, capture or HAR file: the body is the file, as application/octet-stream.',
    query: z.object({ name: RecordingName }),
    response: OpenedFile,
    audited: true,
    needs: 'record',
  },
  openRecording: {
    method: 'POST',
    path: '/api/recordings/:id/open',
    summary: 'Opens a recording of the hub.',
    params: RecordingParams,
    response: OpenedFile,
    audited: true,
    needs: 'record',
  },
  closeFile: {
    method: 'DELETE',
    path: '/api/opened/:id',
    summary: 'Closes an opened file.',
    params: RecordingParams,
    response: OpenedFiles,
    needs: 'record',
  },
  startReplay: {
    method: 'POST',
    path: '/api/recordings/:id/replay',
    summary: 'Sends a recording again, to the target alone, and compares the answers.',
    params: RecordingParams,
    body: StartReplayBody,
    response: ReplayInfo,
    audited: true,
    needs: 'replay',
  },
  outlineReplay: {
    method: 'POST',
    path: '/api/recordings/:id/replay/outline',
    summary: 'What a replay would send and leave out, and captures worth declaring. Sends nothing.',
    params: RecordingParams,
    body: StartReplayBody,
    response: ReplayPlan,
    needs: 'replay',
  },
  replays: {
    method: 'GET',
    path: '/api/replays',
    summary: 'The latest replays, newest first, without their reports.',
    response: z.object({ replays: z.array(ReplayInfo) }).meta({ id: 'Replays' }),
    needs: 'replay',
  },
  replay: {
    method: 'GET',
    path: '/api/replays/:id',
    summary: 'One replay with its report.',
    params: RecordingParams,
    response: ReplayInfo,
    needs: 'replay',
  },
  stopReplay: {
    method: 'POST',
    path: '/api/replays/:id/stop',
    summary: 'Ends a replay; what was sent until then is in its report.',
    params: RecordingParams,
    response: ReplayInfo,
    audited: true,
    needs: 'replay',
  },
  replayReport: {
    method: 'GET',
    path: '/api/replays/:id/report',
    summary: 'The report of a replay as a page, as JUnit XML or as JSON.',
    params: RecordingParams,
    query: z.object({ format: z.enum(['html', 'xml', 'json']).default('html') }),
    response: FileBody,
    needs: 'replay',
  },
} as const satisfies Record<string, Endpoint>;
