import { expect, test } from 'vitest';
import { HeldMessage, KeptExchange } from './kept-exchange.ts';

class Call extends KeptExchange {
  readonly protocol = 'dubbo';
  readonly asked = new HeldMessage();
  readonly answer = new HeldMessage();
  readonly status = 0;
  readonly error = false;

  describe(): never {
    throw new Error('not described');
  }
}

const chunk = () => Buffer.from('..message..');

test('a message without bytes is there all the same', () => {
  const call = new Call();
  call.answer.hold({ bytes: chunk(), start: 4, end: 4 });
  call.keep();
  expect([call.asked.isThere, call.answer.isThere]).toEqual([false, true]);
});

test('nothing of a call is left when it is used again', () => {
  const call = new Call();
  call.asked.hold({ bytes: chunk(), start: 2, end: 9 });
  call.countRequest(7, { first: 1, last: 2 });
  call.missing = 'no answer';
  call.truncated = true;
  call.reset();
  expect(call).toEqual(new Call());
});
