/** What calls of Diameter look like to people. */

import type { JsonObject, JsonValue } from '@kubeshark/model';
import { Slab } from '../../decode/slab.ts';
import { CountedExchange } from '../../dissect/counted-exchange.ts';
import type { Description, Side, Span } from '../../dissect/dissector.ts';
import { u32 } from '../../packet/big-endian.ts';
import { applicationName, commandName, resultName } from './names.ts';
import { avpsOf } from './values.ts';
import { avpsIn, HEADER_BYTES, type Message } from './wire.ts';

const MAX_SUMMARY = 200;
const RESULT_CODE = 268;
const EXPERIMENTAL_RESULT = 297;
const EXPERIMENTAL_RESULT_CODE = 298;
/** From here on results are errors (RFC 6733 §7.1); a redirect is none. */
const FIRST_ERROR = 3000;
const REDIRECT = 3006;
const copies = new Slab();

const textIn = (avps: JsonObject, name: string): string | undefined => {
  const value = avps[name];
  const first = Array.isArray(value) ? (value as readonly JsonValue[])[0] : value;
  return typeof first === 'string' || typeof first === 'number' ? String(first) : undefined;
};

export class DiameterCall extends CountedExchange {
  readonly protocol = 'diameter';
  /** Who asks: both peers may. */
  readonly side: Side;
  readonly hopByHop: number;
  readonly #command: number;
  readonly #application: number;
  #asked: Uint8Array | undefined;
  #answer: Uint8Array | undefined;
  #result: number | undefined;
  #isError = false;
  #isResent = false;
  /** Why there is no answer, when there should be one. */
  missing: string | undefined;

  /** `side`: who sent the message that is known first. */
  constructor(side: Side, message: Message) {
    super();
    this.side = message.isRequest === (side === 'client') ? 'client' : 'server';
    this.hopByHop = message.hopByHop;
    this.#command = message.command;
    this.#application = message.application;
  }

  take(message: Message, span: Span): void {
    const { bytes, isRequest, isError, isResent, length } = message;
    this.truncated ||= bytes.length < length;
    if (isRequest) {
      this.#asked = copies.keep(bytes);
      this.#isResent = isResent;
      this.countRequest(bytes.length, span);
      return;
    }
    this.#answer = copies.keep(bytes);
    this.#result = resultOf(bytes);
    this.#isError = isError;
    this.countResponse(bytes.length, span);
  }

  get status(): number | null {
    if (this.#answer === undefined) return null;
    const result = this.#result ?? 0;
    return result >= FIRST_ERROR || this.#isError ? result : 0;
  }

  get error(): boolean {
    if (this.missing !== undefined) return true;
    const result = this.#result ?? 0;
    return this.#answer !== undefined && result !== REDIRECT && (result >= FIRST_ERROR || this.#isError);
  }

  endpoint(): string {
    const name = commandName(this.#command);
    const application = applicationName(this.#application);
    return this.#application === 0 || application === name ? name : `${application} ${name}`;
  }

  describe(): Description {
    const asked = this.#asked === undefined ? undefined : avpsOf(this.#asked);
    const answer = this.#answer === undefined ? undefined : avpsOf(this.#answer);
    const known = asked ?? answer ?? {};
    const result = this.#result;
    const name = result === undefined ? undefined : (resultName(result) ?? String(result));
    const about = [textIn(known, 'CC-Request-Type') ?? textIn(known, 'Accounting-Record-Type'), subjectOf(known)];
    const summary = [this.endpoint(), ...about, ...(name === undefined ? [] : ['→', name])].filter(Boolean).join(' ');
    const message = answer === undefined ? undefined : textIn(answer, 'Error-Message');
    const errorText = this.error ? (this.missing ?? [name ?? 'error', message].filter(Boolean).join(': ')) : undefined;
    return {
      protocols: ['diameter'],
      method: commandName(this.#command),
      endpoint: this.endpoint(),
      summary: summary.length > MAX_SUMMARY ? `${summary.slice(0, MAX_SUMMARY)}…` : summary,
      ...(errorText !== undefined && { errorText }),
      request: asked === undefined ? null : { size: this.requestSize, avps: asked },
      response:
        answer === undefined
          ? null
          : {
              size: this.responseSize,
              status: this.status ?? 0,
              ...(name !== undefined && { statusText: name }),
              avps: answer,
            },
      data: { diameter: this.#data(known, name) },
    };
  }

  #data(known: JsonObject, result: string | undefined): JsonObject {
    const named = (key: string, value: string | undefined): JsonObject => (value === undefined ? {} : { [key]: value });
    const subscription = known['Subscription-Id'];
    const [first] = Array.isArray(subscription) ? (subscription as readonly JsonValue[]) : [subscription];
    const subscriber =
      typeof first === 'object' && first !== null ? textIn(first as JsonObject, 'Subscription-Id-Data') : undefined;
    const requestNumber = known['CC-Request-Number'];
    return {
      command: commandName(this.#command),
      application: applicationName(this.#application),
      ...(this.side === 'server' && { initiator: 'server' }),
      hopByHop: this.hopByHop,
      ...named('result', result),
      ...named('sessionId', textIn(known, 'Session-Id')),
      ...named('originHost', textIn(known, 'Origin-Host')),
      ...named('originRealm', textIn(known, 'Origin-Realm')),
      ...named('destinationHost', textIn(known, 'Destination-Host')),
      ...named('destinationRealm', textIn(known, 'Destination-Realm')),
      ...named('user', textIn(known, 'User-Name')),
      ...named('subscriber', subscriber),
      ...named('requestType', textIn(known, 'CC-Request-Type') ?? textIn(known, 'Accounting-Record-Type')),
      ...(typeof requestNumber === 'number' && { requestNumber }),
      ...(this.#isResent && { resent: true }),
    };
  }
}

const subjectOf = (avps: JsonObject): string | undefined =>
  textIn(avps, 'User-Name') ?? textIn(avps, 'Session-Id') ?? textIn(avps, 'Origin-Host');

/** Result-Code, or what stands for it in a group of a vendor. */
function resultOf(bytes: Uint8Array): number | undefined {
  for (const { code, value } of avpsIn(bytes, HEADER_BYTES)) {
    if (code === RESULT_CODE && value.length === 4) return u32(value, 0) >>> 0;
    if (code !== EXPERIMENTAL_RESULT) continue;
    for (const inner of avpsIn(value, 0)) {
      if (inner.code === EXPERIMENTAL_RESULT_CODE && inner.value.length === 4) return u32(inner.value, 0) >>> 0;
    }
  }
  return undefined;
}
