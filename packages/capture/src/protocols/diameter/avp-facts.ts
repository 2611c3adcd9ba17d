/** What is written of an AVP by its code and vendor, made once. */

import { piece } from '../../json/json-writer.ts';
import type { MemberFacts } from '../../json/members.ts';
import { type Avp, avpOf } from './names.ts';

/** Codes of the base and of IETF's applications are below; the table of these begins empty. */
const COMMON_CODES = 1024;
/** AVPs of vendors, and codes beyond: applications of 3GPP have some hundred. Full, the memory starts afresh before the next message. */
export const MAX_FACTS = 4096;

export interface AvpFacts extends MemberFacts {
  readonly avp: Avp;
}

const common: (AvpFacts | undefined)[] = new Array<AvpFacts | undefined>(COMMON_CODES).fill(undefined);
const others = new Map<number, Map<number, AvpFacts>>();
let size = 0;

function make(code: number, vendor: number): AvpFacts {
  const avp = avpOf(code, vendor);
  return { avp, key: piece(`,${JSON.stringify(avp.name)}:`), list: 0, place: 0 };
}

/** The same object for the same AVP, until `makeRoom`. */
export function avpFacts(code: number, vendor: number): AvpFacts {
  if (vendor !== 0 || code >= COMMON_CODES) return otherFacts(code, vendor);
  const known = common[code];
  if (known !== undefined) return known;
  const facts = make(code, 0);
  common[code] = facts;
  return facts;
}

function otherFacts(code: number, vendor: number): AvpFacts {
  let ofVendor = others.get(vendor);
  if (ofVendor === undefined) {
    ofVendor = new Map();
    others.set(vendor, ofVendor);
  }
  let facts = ofVendor.get(code);
  if (facts === undefined) {
    facts = make(code, vendor);
    ofVendor.set(code, facts);
    size++;
  }
  return facts;
}

/** Between messages: within one, those that come again are told by being the same object. */
export function makeRoom(): void {
  if (size < MAX_FACTS) return;
  others.clear();
  size = 0;
}
