/** A request and its answer as JSON, straight from their bytes; an answer without its request is described. */

import type { ProtocolId } from '@kubeshark/model';
import type { Exchange } from '../../dissect/dissector.ts';
import { ListedDescription } from '../../dissect/listed-description.ts';
import { type JsonWriter, piece } from '../../json/json-writer.ts';
import { u32 } from '../../packet/big-endian.ts';
import { type AttributeFacts, AttributeList, attributeFacts } from './attributes-json.ts';
import { type CallFacts, errorOf, GIGAWORD, MAX_SUMMARY, type Place } from './describe.ts';
import { type Code, codeFacts, NO_CODE } from './kinds.ts';
import { plainValue } from './values.ts';

const RADIUS: readonly ProtocolId[] = ['radius'];
const RETRIES = piece(',"retries":');
const ATTRIBUTES = piece(',"attributes":');
const USER = piece(',"user":');
const NAS = piece(',"nas":');
const CALLING = piece(',"callingStation":');
const CALLED = piece(',"calledStation":');
const FRAMED = piece(',"framedAddress":');
const ACCT_STATUS = piece(',"acctStatus":');
const SESSION = piece(',"sessionId":');
const SECONDS = piece(',"sessionSeconds":');
const INPUT = piece(',"inputBytes":');
const OUTPUT = piece(',"outputBytes":');
const CAUSE = piece(',"terminateCause":');
const EAP = piece(',"eap":');

/** Attributes that are told of a call, by their number (RFC 2865, 2866, 2869, 3162, 5176). */
const userName = attributeFacts(1);
const nasAddress = attributeFacts(4);
const framedAddress = attributeFacts(8);
const replyMessage = attributeFacts(18);
const calledStation = attributeFacts(30);
const callingStation = attributeFacts(31);
const nasIdentifier = attributeFacts(32);
const acctStatus = attributeFacts(40);
const inputOctets = attributeFacts(42);
const outputOctets = attributeFacts(43);
const acctSession = attributeFacts(44);
const sessionTime = attributeFacts(46);
const terminateCause = attributeFacts(49);
const inputGigawords = attributeFacts(52);
const outputGigawords = attributeFacts(53);
const eapMessage = attributeFacts(79);
const nasAddress6 = attributeFacts(95);
const errorCause = attributeFacts(101);

/** What is read of a call. */
interface WholeCall extends CallFacts, Exchange {
  readonly requestSize: number;
  readonly responseSize: number;
  readonly status: number | null;
  readonly error: boolean;
  endpoint(): string;
}

/** One object, which is given call after call. */
export class WrittenRadius extends ListedDescription<WholeCall, AttributeFacts> {
  readonly protocols = RADIUS;
  protected readonly maxSummary = MAX_SUMMARY;
  private asks: Code = NO_CODE;
  private answers: Code = NO_CODE;
  protected readonly asked = new AttributeList();
  private readonly answered = new AttributeList();
  /** Places in the answer; -1 where it is not there. */
  private framedAt = 0;
  private reasonAt = 0;

  /** The call to be written next; null when it has to be described. */
  override of(call: WholeCall): this | null {
    const { asked: request, answer: response } = call;
    if (!request.isThere) return null;
    const { asked, answered } = this;
    if (!readList(answered, response)) return null;
    this.framedAt = answered.placeOf(framedAddress);
    const message = answered.placeOf(replyMessage);
    this.reasonAt = message < 0 ? answered.placeOf(errorCause) : message;
    // Read last: its places are asked for until the call is written.
    if (!readList(asked, request)) return null;
    this.asks = codeFacts(request.code);
    this.answers = response.isThere ? codeFacts(response.code) : NO_CODE;
    return super.of(call);
  }

  get method(): string {
    return this.asks.name;
  }

  get endpoint(): string {
    return this.call?.endpoint() ?? '';
  }

  get errorText(): string | undefined {
    const { answered, reasonAt } = this;
    const missing = this.call?.missing;
    if (missing !== undefined) return missing;
    const facts = answered.facts[reasonAt];
    if (facts === undefined) return errorOf(this.answers.name, undefined);
    const value = answered.bytes.subarray(answered.starts[reasonAt], answered.ends[reasonAt]);
    return errorOf(this.answers.name, String(plainValue(facts.attribute, value)));
  }

  protected override writeInSummary(json: JsonWriter): void {
    const { asked } = this;
    json.copyOf(this.asks.asked);
    this.writePart(json, asked.placeOf(acctStatus));
    this.writePart(json, asked.placeOf(userName));
    this.writePart(json, asked.placeOf(acctSession));
    json.copyOf(this.answers.answered);
  }

  protected override writeAsked(json: JsonWriter, call: WholeCall): void {
    if (call.retries > 0) {
      json.copyOf(RETRIES);
      json.number(call.retries);
    }
    json.copyOf(ATTRIBUTES);
    this.asked.write(json, 0);
  }

  protected override writeAnswered(json: JsonWriter): void {
    json.copyOf(this.answers.status);
    this.answered.write(json, 0);
  }

  override writeData(json: JsonWriter): void {
    const { call, asked } = this;
    if (call === null) return;
    json.copyOf(this.asks.data);
    json.number(call.id);
    json.copyOf(this.answers.reply);
    this.writeText(json, USER, asked, asked.placeOf(userName));
    this.writeText(json, NAS, asked, this.nasAt);
    this.writeText(json, CALLING, asked, asked.placeOf(callingStation));
    this.writeText(json, CALLED, asked, asked.placeOf(calledStation));
    const framed = asked.placeOf(framedAddress);
    if (framed >= 0) this.writeText(json, FRAMED, asked, framed);
    else this.writeText(json, FRAMED, this.answered, this.framedAt);
    this.writeText(json, ACCT_STATUS, asked, asked.placeOf(acctStatus));
    this.writeText(json, SESSION, asked, asked.placeOf(acctSession));
    this.writeNumber(json, SECONDS, asked.placeOf(sessionTime), -1);
    this.writeNumber(json, INPUT, asked.placeOf(inputOctets), asked.placeOf(inputGigawords));
    this.writeNumber(json, OUTPUT, asked.placeOf(outputOctets), asked.placeOf(outputGigawords));
    this.writeText(json, CAUSE, asked, asked.placeOf(terminateCause));
    this.writeText(json, EAP, asked, asked.placeOf(eapMessage));
    json.raw('}');
  }

  private get nasAt(): number {
    const { asked } = this;
    const identifier = asked.placeOf(nasIdentifier);
    if (identifier >= 0) return identifier;
    const address = asked.placeOf(nasAddress);
    return address >= 0 ? address : asked.placeOf(nasAddress6);
  }

  /** A number of which another one counts the overflows; what is no number, or comes again, is refused. */
  private writeNumber(json: JsonWriter, key: Uint8Array, place: number, overflows: number): void {
    if (place < 0) return;
    json.copyOf(key);
    json.number(this.numberAt(json, place) + (overflows < 0 ? 0 : GIGAWORD * this.numberAt(json, overflows)));
  }

  private numberAt(json: JsonWriter, place: number): number {
    const { asked } = this;
    const start = asked.starts[place] ?? 0;
    if ((asked.ends[place] ?? 0) - start !== 4 || asked.comesAgain(place)) json.isRefused = true;
    return u32(asked.bytes, start);
  }
}

const readList = (list: AttributeList, { bytes, start, end }: Place): boolean => list.read(bytes, start, end);
