/** What calls are grouped by: the API and the topic or group it is about. */

import { CallGroup } from '../../dissect/call-group.ts';
import { piece } from '../../json/json-writer.ts';

/** Groups that are made once. Full, the table starts again. */
export const MAX_GROUPS = 4096;

export class KafkaGroup extends CallGroup {
  readonly subject: string;
  /** The summary of most calls begins with it. */
  readonly summary: Uint8Array;
  /** From the end of its response to its latency, of a call without an error that has one record. */
  readonly fineWithOne: Uint8Array;

  constructor(apiName: string, subject: string) {
    const endpoint = subject === '' ? apiName : `${apiName} ${subject}`;
    super(endpoint);
    this.subject = subject;
    const summary = JSON.stringify(endpoint).slice(0, -1);
    const names = `"method":${JSON.stringify(apiName)},"endpoint":${summary}","summary":${summary} (1 record)"`;
    this.summary = piece(summary);
    this.fineWithOne = piece(`},${names},"status":0,"error":false,"latency":`);
  }
}

const groups = new Map<string, Map<string, KafkaGroup>>();
let groupCount = 0;

export function groupOf(apiName: string, subject: string): KafkaGroup {
  const known = groups.get(apiName);
  const group = known?.get(subject);
  return group ?? newGroup(apiName, subject);
}

function newGroup(apiName: string, subject: string): KafkaGroup {
  const group = new KafkaGroup(apiName, subject);
  if (++groupCount > MAX_GROUPS) {
    groups.clear();
    groupCount = 1;
  }
  const known = groups.get(apiName) ?? new Map<string, KafkaGroup>();
  known.set(subject, group);
  groups.set(apiName, known);
  return group;
}
