export { bodyBytes } from './export/body-bytes.ts';
export {
  type ExportFormat,
  type ExportReport,
  exportEntries,
  exportFormats,
  holdsPackets,
  isExportFormat,
} from './export/formats.ts';
export { headerOf, headerPairs, httpMethodOf, httpStatusOf, isHttp } from './export/headers.ts';
export { entriesOfFolder, openSealed, RecordingFolder, RecordingHead } from './folder/recording-folder.ts';
export { Manifest, type Names, StopReason } from './format/manifest.ts';
export { RecordingError, type RecordingFault } from './format/recording-error.ts';
export {
  type Content,
  members,
  packRecording,
  type RecordingContent,
  type RecordingPart,
  readRecording,
} from './format/recording-file.ts';
export { type CallsPart, type ReadCallsOptions, readCalls, readPackets } from './import/read-calls.ts';
export type { Kept } from './packets/capture-file.ts';
export { targetOf } from './packets/http1.ts';
export type { KeptPackets, KeptWanted, PacketSource } from './packets/kept.ts';
export { keptInFile } from './packets/kept-file.ts';
