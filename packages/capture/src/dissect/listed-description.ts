/** Calls whose request and response are lists of members, some of which are told of the call as well: those are copied from there. */

import { asBuffer } from '../decode/content.ts';
import type { JsonWriter } from '../json/json-writer.ts';
import type { MemberFacts, Members } from '../json/members.ts';
import type { Exchange } from './dissector.ts';
import { SizedDescription } from './sized-description.ts';

/** Request and response are written before all else of a call. */
export abstract class ListedDescription<
  Call extends Exchange,
  Facts extends MemberFacts,
> extends SizedDescription<Call> {
  /** Characters of a summary; a longer one is cut. */
  protected abstract readonly maxSummary: number;
  protected abstract readonly asked: Members<Facts>;

  /** What stands inside the quotes. */
  protected abstract writeInSummary(json: JsonWriter): void;

  override writeSummary(json: JsonWriter): void {
    const { maxSummary } = this;
    const start = json.length;
    json.raw('"');
    this.writeInSummary(json);
    json.raw('"');
    // So many bytes are at most so many characters; a longer one may have to be cut.
    if (json.length - start <= maxSummary) return;
    const text = JSON.parse(asBuffer(json.pieceFrom(start)).toString()) as string;
    json.length = start;
    json.text(text.length > maxSummary ? `${text.slice(0, maxSummary)}…` : text);
  }

  /** A text of the request, inside of another and with a space before it; nothing where it is empty. */
  protected writePart(json: JsonWriter, place: number): void {
    if (place < 0) return;
    const start = json.length;
    this.asked.writeAgain(json, place);
    json.unquote(start);
  }

  /** A member as a value of the call: a text; another, which would be told as one, is refused. */
  protected writeText(json: JsonWriter, key: Uint8Array, list: Members<Facts>, place: number): void {
    if (place < 0) return;
    json.copyOf(key);
    const start = json.length;
    list.writeAgain(json, place);
    if (!json.isTextAt(start)) json.isRefused = true;
  }
}
