/** What requests, results and entries say: RFC 4511 §4.2 to §4.12. Read when somebody looks; passwords are passed over. */

import type { JsonObject, JsonValue } from '@kubeshark/model';
import { beginOf, printable } from '../../decode/printable.ts';
import { type Element, Elements, integerIn, SEQUENCE } from './ber.ts';
import { filterShape, filterText } from './filter.ts';
import { changes, extensionNameOf, PASSWORD_MODIFY, scopes } from './operations.ts';

/** Attributes and values shown of one entry or change; more are counted. */
export const MAX_ATTRIBUTES = 256;
export const MAX_VALUES = 64;
/** Characters of one value. */
export const MAX_VALUE_CHARACTERS = 1024;
export const REDACTED = '[REDACTED]';

/** Attributes that hold a password or what it can be found from: RFC 4519 §2.41, MS-ADTS, Samba, Kerberos. */
const secretAttributes: ReadonlySet<string> = new Set([
  'userpassword',
  'authpassword',
  'unicodepwd',
  'dbcspwd',
  'ntpwdhistory',
  'lmpwdhistory',
  'sambantpassword',
  'sambalmpassword',
  'sambapasswordhistory',
  'krbprincipalkey',
  'krb5key',
  'ms-mcs-admpwd',
  'mslaps-password',
  'pwdhistory',
  'supplementalcredentials',
]);

/** `userPassword;lang-en` is a password too. */
export const isSecret = (attribute: string): boolean =>
  secretAttributes.has((attribute.split(';')[0] ?? '').toLowerCase());

export interface RequestFields {
  readonly dn?: string;
  /** Of a search: with values, and with them folded. */
  readonly filter?: string;
  readonly shape?: string;
  /** What people see in the list behind the operation. */
  readonly summary: string;
  /** What queries ask for. */
  readonly data: JsonObject;
  /** What else the request says. */
  readonly more?: JsonObject;
}

const text = (elements: Elements, element: Element | undefined): string =>
  element === undefined ? '' : cutText(elements.content(element));

/** A value as it is shown. */
export const cutText = (bytes: Uint8Array): string => cut(printable(beginOf(bytes, MAX_VALUE_CHARACTERS)));

const cut = (value: string): string =>
  value.length > MAX_VALUE_CHARACTERS ? `${value.slice(0, MAX_VALUE_CHARACTERS)}…` : value;

const numberOf = (elements: Elements, element: Element | undefined): number | undefined =>
  element === undefined ? undefined : integerIn(elements.bytes, element);

/** The request `operation` with this content. */
export function requestFields(operation: string, content: Uint8Array): RequestFields {
  const all = new Elements(content);
  switch (operation) {
    case 'bind':
      return bind(all);
    case 'search':
      return search(all);
    case 'modify':
      return modify(all);
    case 'add': {
      const dn = text(all, all.next());
      const list = all.take(SEQUENCE);
      return { dn, summary: dn, data: { dn }, ...(list && { more: { entry: attributesIn(all.inside(list)) } }) };
    }
    case 'delete': {
      const dn = cutText(content);
      return { dn, summary: dn, data: { dn } };
    }
    case 'modifyDN':
      return modifyDn(all);
    case 'compare':
      return compare(all);
    case 'abandon': {
      const target = integerIn(content, { tag: 0, start: 0, end: content.length });
      return {
        summary: `message ${target ?? '?'}`,
        data: {},
        ...(target !== undefined && { more: { abandons: target } }),
      };
    }
    case 'extended':
      return extended(all);
    default:
      return { summary: '', data: {} };
  }
}

const SIMPLE = 0x80;
const SASL = 0xa3;

function bind(all: Elements): RequestFields {
  const version = numberOf(all, all.next());
  const dn = text(all, all.next());
  const choice = all.next();
  const mechanism = choice?.tag === SASL ? text(all, all.inside(choice).next()) : undefined;
  const isAnonymous = choice?.tag === SIMPLE && choice.end === choice.start;
  const authentication =
    choice?.tag === SASL ? 'sasl' : choice?.tag !== SIMPLE ? 'unknown' : isAnonymous ? 'anonymous' : 'simple';
  const who = dn === '' ? (isAnonymous ? 'anonymous' : '') : dn;
  return {
    dn,
    summary: [who, mechanism].filter(Boolean).join(' '),
    data: {
      dn,
      authentication,
      ...(mechanism !== undefined && { mechanism }),
    },
    ...(version !== undefined && { more: { version } }),
  };
}

function search(all: Elements): RequestFields {
  const dn = text(all, all.next());
  const scope = numberOf(all, all.next()) ?? 0;
  all.next(); // derefAliases
  const [sizeLimit, timeLimit] = [numberOf(all, all.next()), numberOf(all, all.next())];
  const typesOnly = all.next();
  const element = all.next();
  const filter = element === undefined ? '' : filterText(all.bytes, element);
  const shape = element === undefined ? '' : filterShape(all.bytes, element);
  const list = all.take(SEQUENCE);
  const attributes = list === undefined ? [] : textsIn(all.inside(list));
  return {
    dn,
    filter,
    shape,
    summary: [dn, filter].filter(Boolean).join(' '),
    data: {
      dn,
      scope: scopes[scope] ?? String(scope),
      filter,
      ...(attributes.length > 0 && { attributes }),
    },
    more: {
      ...(sizeLimit !== undefined && sizeLimit > 0 && { sizeLimit }),
      ...(timeLimit !== undefined && timeLimit > 0 && { timeLimit }),
      ...(typesOnly !== undefined && (all.content(typesOnly)[0] ?? 0) !== 0 && { typesOnly: true }),
    },
  };
}

function modify(all: Elements): RequestFields {
  const dn = text(all, all.next());
  const list = all.take(SEQUENCE);
  const made: { readonly operation: string; readonly attribute: string; readonly values: JsonValue[] }[] = [];
  const inside = list === undefined ? undefined : all.inside(list);
  for (let one = inside?.next(); inside !== undefined && one !== undefined; one = inside.next()) {
    if (made.length >= MAX_ATTRIBUTES) break;
    const parts = all.inside(one);
    const operation = numberOf(parts, parts.next()) ?? 0;
    const attribute = parts.take(SEQUENCE);
    if (attribute === undefined) continue;
    const [name, values] = attributeIn(parts.inside(attribute));
    made.push({ operation: changes[operation] ?? String(operation), attribute: name, values });
  }
  const words = made.map(({ operation, attribute }) => `${operation} ${attribute}`).join(', ');
  return { dn, summary: `${dn}${words === '' ? '' : `: ${words}`}`, data: { dn }, more: { changes: made } };
}

const NEW_SUPERIOR = 0x80;

function modifyDn(all: Elements): RequestFields {
  const [dn, newRdn] = [text(all, all.next()), text(all, all.next())];
  const deletes = all.next();
  const superior = all.take(NEW_SUPERIOR);
  return {
    dn,
    summary: `${dn} → ${newRdn}`,
    data: { dn },
    more: {
      newRdn,
      deleteOldRdn: deletes !== undefined && (all.content(deletes)[0] ?? 0) !== 0,
      ...(superior && { newSuperior: text(all, superior) }),
    },
  };
}

function compare(all: Elements): RequestFields {
  const dn = text(all, all.next());
  const assertion = all.take(SEQUENCE);
  const inside = assertion === undefined ? undefined : all.inside(assertion);
  const attribute = inside === undefined ? '' : text(inside, inside.next());
  const asked = inside === undefined ? '' : text(inside, inside.next());
  const value = isSecret(attribute) ? REDACTED : asked;
  return { dn, summary: `${dn} ${attribute}=${value}`, data: { dn }, more: { attribute, value } };
}

const REQUEST_NAME = 0x80;
const REQUEST_VALUE = 0x81;
const USER_IDENTITY = 0x80;

function extended(all: Elements): RequestFields {
  const name = all.take(REQUEST_NAME);
  const oid = text(all, name);
  const value = all.take(REQUEST_VALUE);
  // Of a changed password only whose it is: RFC 3062 §2.
  const sequence = oid === PASSWORD_MODIFY && value !== undefined ? all.inside(value).take(SEQUENCE) : undefined;
  const user = sequence === undefined ? undefined : all.inside(sequence).take(USER_IDENTITY);
  const dn = user === undefined ? undefined : text(all, user);
  return {
    ...(dn !== undefined && { dn }),
    summary: [extensionNameOf(oid), dn].filter(Boolean).join(' '),
    data: { oid, extension: extensionNameOf(oid), ...(dn !== undefined && { dn }) },
  };
}

/** Texts of a list: attributes asked for, addresses of a referral. */
function textsIn(list: Elements): string[] {
  const found: string[] = [];
  for (let one = list.next(); one !== undefined && found.length < MAX_ATTRIBUTES; one = list.next()) {
    found.push(text(list, one));
  }
  return found;
}

/** Name and values of one attribute (RFC 4511 §4.1.7). */
function attributeIn(inside: Elements): [name: string, values: JsonValue[]] {
  const name = text(inside, inside.next());
  const set = inside.next();
  const values: JsonValue[] = [];
  const list = set === undefined ? undefined : inside.inside(set);
  for (let value = list?.next(); list !== undefined && value !== undefined; value = list.next()) {
    if (values.length >= MAX_VALUES) break;
    values.push(isSecret(name) ? REDACTED : text(list, value));
  }
  return [name, values];
}

function attributesIn(list: Elements): JsonObject {
  const found: [string, JsonValue][] = [];
  for (let one = list.next(); one !== undefined && found.length < MAX_ATTRIBUTES; one = list.next()) {
    const [name, values] = attributeIn(list.inside(one));
    found.push([name, values.length === 1 ? (values[0] ?? '') : values]);
  }
  return Object.fromEntries(found);
}

/** SearchResultEntry: its name and its attributes, a single value by itself. */
export function entryFields(content: Uint8Array): JsonObject {
  const all = new Elements(content);
  const dn = text(all, all.next());
  const list = all.take(SEQUENCE);
  return { dn, ...(list && attributesIn(all.inside(list))) };
}

export interface ResultFields {
  readonly code: number;
  readonly matchedDn: string;
  readonly message: string;
  readonly referral: readonly string[];
  /** Of an extended response. */
  readonly oid: string;
}

const REFERRAL = 0xa3;
const RESPONSE_NAME = 0x8a;

/** The code of a result, read of every call; undefined when there is none. */
export function resultCode(content: Uint8Array): number | undefined {
  const all = new Elements(content);
  return numberOf(all, all.next());
}

/** LDAPResult (RFC 4511 §4.1.9). */
export function resultFields(content: Uint8Array): ResultFields {
  const all = new Elements(content);
  const code = numberOf(all, all.next()) ?? -1;
  const [matchedDn, message] = [text(all, all.next()), text(all, all.next())];
  const referral = all.take(REFERRAL);
  let oid = '';
  for (let more = all.next(); more !== undefined; more = all.next())
    if (more.tag === RESPONSE_NAME) oid = text(all, more);
  return { code, matchedDn, message, referral: referral === undefined ? [] : textsIn(all.inside(referral)), oid };
}

/** Object identifier of an extended request. */
export function extendedOid(content: Uint8Array): string {
  const all = new Elements(content);
  return text(all, all.take(REQUEST_NAME));
}

/** Mechanism of a SASL bind; undefined for other binds. */
export function saslMechanism(content: Uint8Array): string | undefined {
  const all = new Elements(content);
  all.next();
  all.next();
  const choice = all.take(SASL);
  return choice === undefined ? undefined : text(all, all.inside(choice).next());
}
