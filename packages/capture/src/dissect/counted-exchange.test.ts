import { expect, test } from 'vitest';
import { CountedExchange, type CountedHalf } from './counted-exchange.ts';

class Numbers extends CountedExchange {
  readonly protocol = 'redis';
  readonly status = 0;
  readonly error = false;
  describe(): never {
    throw new Error('nobody looks');
  }
  of(request: CountedHalf, response: CountedHalf): this {
    this.setRequest(request);
    this.setResponse(response);
    return this;
  }
}

test('a half keeps the time of its first packet and of its last, and counts all bytes', () => {
  const call = new Numbers();
  call.countRequest(10, { first: 1, last: 2 });
  call.countRequest(5, { first: 3, last: 4 });
  expect(call).toMatchObject({ requestStart: 1, requestEnd: 4, requestSize: 15, responseStart: null, responseSize: 0 });
  call.countResponse(7, { first: 6, last: 6 });
  expect(call).toMatchObject({ responseStart: 6, responseEnd: 6, responseSize: 7 });
});

test('halves that were put together before bring their gaps', () => {
  const call = new Numbers().of({ start: 1, end: 2, size: 3, gap: 4 }, { start: 5, end: null, size: 6, gap: 7 });
  expect(call).toMatchObject({ requestEnd: 2, requestSize: 3, responseStart: 5, responseEnd: null, gap: 11 });
});
