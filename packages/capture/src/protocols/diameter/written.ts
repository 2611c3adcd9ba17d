/** A request and its answer as JSON, straight from their bytes; what lacks one of them is described. */

import type { ProtocolId } from '@kubeshark/model';
import type { Exchange } from '../../dissect/dissector.ts';
import { ListedDescription } from '../../dissect/listed-description.ts';
import { type JsonWriter, piece } from '../../json/json-writer.ts';
import { type AvpFacts, avpFacts, makeRoom } from './avp-facts.ts';
import { AvpList, beginMessage } from './avps-json.ts';
import { type CallFacts, errorOf, MAX_SUMMARY, type Place } from './describe.ts';
import { resultFacts } from './kinds.ts';
import { scalarOf } from './values.ts';
import { HEADER_BYTES } from './wire.ts';

const DIAMETER: readonly ProtocolId[] = ['diameter'];
const AVPS = piece(',"avps":');
const HOP_BY_HOP = piece(',"hopByHop":');
const SERVER = piece(',"initiator":"server"');
const REQUEST_TYPE = piece(',"requestType":');
const REQUEST_NUMBER = piece(',"requestNumber":');
const SUBSCRIBER = piece(',"subscriber":');
const RESENT = piece(',"resent":true');

/** AVPs of the base and of credit control by their code (RFC 6733 §4.5, RFC 8506 §8). */
const base = (code: number): AvpFacts => avpFacts(code, 0);
const userName = base(1);
const sessionId = base(263);
const originHost = base(264);
const requestType = base(416);
const recordType = base(480);
const requestNumber = base(415);
const errorMessage = base(281);
const subscription = base(443);
const subscriptionData = base(444);
/** In the order in which they are told. */
const told = [
  { facts: sessionId, key: piece(',"sessionId":') },
  { facts: originHost, key: piece(',"originHost":') },
  { facts: base(296), key: piece(',"originRealm":') },
  { facts: base(293), key: piece(',"destinationHost":') },
  { facts: base(283), key: piece(',"destinationRealm":') },
  { facts: userName, key: piece(',"user":') },
];

/** What is read of a call. */
interface WholeCall extends CallFacts, Exchange {
  readonly requestSize: number;
  readonly responseSize: number;
  readonly status: number | null;
  readonly error: boolean;
}

/** One object, which is given call after call. */
export class WrittenDiameter extends ListedDescription<WholeCall, AvpFacts> {
  readonly protocols = DIAMETER;
  protected readonly maxSummary = MAX_SUMMARY;
  protected readonly asked = new AvpList();
  private readonly answer = new AvpList();
  /** Places of what is told of the request; -1 where it is not there. */
  private readonly toldAt = new Int32Array(told.length);
  private typeAt = 0;
  private numberAt = 0;
  private subjectAt = 0;
  private subscriptionAt = 0;
  private messageAt = 0;

  /** The call to be written next; null when it has to be described. */
  override of(call: WholeCall): this | null {
    if (!call.asked.isThere || !call.answer.isThere || call.missing !== undefined) return null;
    makeRoom();
    const { asked, answer } = this;
    if (!readList(answer, call.answer)) return null;
    this.messageAt = answer.placeOf(errorMessage);
    if (!readList(asked, call.asked)) return null;
    for (let i = 0; i < told.length; i++) this.toldAt[i] = asked.placeOf(told[i]?.facts ?? userName);
    this.typeAt = this.firstOf(requestType, recordType);
    this.numberAt = asked.placeOf(requestNumber);
    this.subscriptionAt = asked.placeOf(subscription);
    this.subjectAt = this.firstOf(userName, sessionId, originHost);
    return super.of(call);
  }

  private firstOf(...facts: readonly AvpFacts[]): number {
    for (const one of facts) {
      const place = this.asked.placeOf(one);
      if (place >= 0) return place;
    }
    return -1;
  }

  get method(): string {
    return this.call?.kind.command ?? '';
  }

  get endpoint(): string {
    return this.call?.kind.group.endpoint ?? '';
  }

  get errorText(): string | undefined {
    const { call, answer, messageAt } = this;
    if (call === null) return undefined;
    const name = call.result === undefined ? undefined : resultFacts(call.result).name;
    if (messageAt < 0) return errorOf(name, undefined);
    const message = answer.bytes.subarray(answer.starts[messageAt], answer.ends[messageAt]);
    return errorOf(name, String(scalarOf(errorMessage.avp, message)));
  }

  protected override writeInSummary(json: JsonWriter): void {
    const { call } = this;
    if (call === null) return;
    json.copyOf(call.kind.summary);
    this.writePart(json, this.typeAt);
    this.writePart(json, this.subjectAt);
    if (call.result !== undefined) json.copyOf(resultFacts(call.result).summary);
  }

  protected override writeAsked(json: JsonWriter): void {
    json.copyOf(AVPS);
    this.writeList(json, this.asked);
  }

  protected override writeAnswered(json: JsonWriter, call: WholeCall): void {
    super.writeAnswered(json, call);
    if (call.result !== undefined) json.copyOf(resultFacts(call.result).statusText);
    json.copyOf(AVPS);
    this.writeList(json, this.answer);
  }

  private writeList(json: JsonWriter, list: AvpList): void {
    beginMessage();
    list.write(json, 0);
  }

  override writeData(json: JsonWriter): void {
    const { call, asked } = this;
    if (call === null) return;
    json.copyOf(call.kind.data);
    if (call.side === 'server') json.copyOf(SERVER);
    json.copyOf(HOP_BY_HOP);
    json.number(call.hopByHop >>> 0);
    if (call.result !== undefined) json.copyOf(resultFacts(call.result).data);
    for (let i = 0; i < told.length; i++) {
      const one = told[i];
      if (one !== undefined) this.writeText(json, one.key, asked, this.toldAt[i] ?? -1);
    }
    if (this.subscriptionAt >= 0) this.writeSubscriber(json);
    this.writeText(json, REQUEST_TYPE, asked, this.typeAt);
    if (this.numberAt >= 0) this.writeNumber(json);
    if (call.isResent) json.copyOf(RESENT);
    json.raw('}');
  }

  /** Only a single one is a number. */
  private writeNumber(json: JsonWriter): void {
    const { asked, numberAt: place } = this;
    const isNumber = (asked.ends[place] ?? 0) - (asked.starts[place] ?? 0) === 4 && !asked.comesAgain(place);
    if (!isNumber) {
      json.isRefused = true;
      return;
    }
    json.copyOf(REQUEST_NUMBER);
    asked.writeAgain(json, place);
  }

  private writeSubscriber(json: JsonWriter): void {
    const { asked, subscriptionAt: place } = this;
    beginMessage();
    if (!subscribers.read(asked.bytes, asked.starts[place] ?? 0, asked.ends[place] ?? 0)) json.isRefused = true;
    else this.writeText(json, SUBSCRIBER, subscribers, subscribers.placeOf(subscriptionData));
  }
}

/** The AVPs of a Subscription-Id. */
const subscribers = new AvpList();

function readList(list: AvpList, { bytes, start, end }: Place): boolean {
  beginMessage();
  return list.read(bytes, start + HEADER_BYTES, end);
}
