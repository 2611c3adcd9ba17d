/** Why a call that is not whole failed, in words. */

import type { CloseReason } from '../../dissect/dissector.ts';
import type { HttpCall } from '../../http/call.ts';

export function failureOf(call: HttpCall, reason: CloseReason): string {
  const what = call.response === null ? 'no response' : 'response cut off';
  switch (reason) {
    case 'reset':
      return `${what}: connection reset`;
    case 'fin':
      return `${what}: connection closed`;
    case 'timeout':
      return `${what}: timeout`;
    case 'end-of-capture':
      return `${what} before the capture ended`;
    case 'evicted':
    case 'fault':
    case 'upgrade':
      return what;
  }
}
