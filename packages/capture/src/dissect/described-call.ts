/** A description as it was made, to be written: for calls that do not write themselves. */

import type { ProtocolId } from '@kubeshark/model';
import type { JsonWriter } from '../json/json-writer.ts';
import type { Description, WrittenDescription } from './dissector.ts';

export class DescribedCall implements WrittenDescription {
  private readonly description: Description;
  readonly protocols: readonly ProtocolId[];
  readonly method: string;
  readonly endpoint: string;
  readonly errorText: string | undefined;
  readonly traceId: string | undefined;

  constructor(description: Description) {
    this.description = description;
    this.protocols = description.protocols;
    this.method = description.method;
    this.endpoint = description.endpoint;
    this.errorText = description.errorText;
    this.traceId = description.traceId;
  }

  writeSummary(json: JsonWriter): void {
    json.text(this.description.summary);
  }

  writeRequest(json: JsonWriter): void {
    json.stringified(this.description.request);
  }

  writeResponse(json: JsonWriter): void {
    json.stringified(this.description.response);
  }

  writeData(json: JsonWriter): void {
    writeData(json, this.description.data);
  }
}

/** Writes `Description.data`. */
export function writeData(json: JsonWriter, data: Description['data']): void {
  // Most calls have one key.
  for (const protocol in data) {
    json.raw(',');
    json.text(protocol);
    json.raw(':');
    json.stringified(data[protocol]);
  }
}
