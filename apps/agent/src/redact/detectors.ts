/** Secrets that are known by their shape, wherever they stand: JSON Web Tokens and card numbers. */

import { REDACTED } from './redacted.ts';

/** A run of the characters tokens are made of; taken whole, so that no text makes it look twice. */
const word = /[\w.-]{20,}/g;
const base64url = /^[\w-]+$/;

/** RFC 7519: header, payload and signature in base64url; the header begins with `{"`. */
function redactToken(text: string): string {
  if (!text.startsWith('eyJ')) return text;
  const [header = '', payload = '', signature = '', ...more] = text.split('.');
  const isToken = more.length === 0 && signature !== '' && payload.startsWith('eyJ') && base64url.test(header);
  return isToken ? REDACTED : text;
}

/** 13 to 19 digits, in groups or not: 4111 1111 1111 1111. */
const digits = /(?<![\d.])\d(?:[ -]?\d){12,18}(?![\d.])/g;
/** First digits and lengths of the card networks: Visa, Mastercard, American Express, Discover, JCB, Diners. */
const network =
  /^(?:4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|6(?:011|5\d\d)\d{12}|35\d{14}|3[068]\d{12})$/;

/** ISO/IEC 7812-1 annex B. */
function hasLuhnChecksum(number: string): boolean {
  let sum = 0;
  for (let at = 0; at < number.length; at++) {
    const digit = Number(number[number.length - 1 - at]);
    const doubled = at % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

function redactCard(text: string): string {
  const number = text.replace(/[ -]/g, '');
  return network.test(number) && hasLuhnChecksum(number) ? REDACTED : text;
}

/** The text without tokens and card numbers. */
export function redactShapes(text: string): string {
  if (text.length < 13) return text;
  const withoutTokens = text.includes('eyJ') ? text.replace(word, redactToken) : text;
  return withoutTokens.replace(digits, redactCard);
}
