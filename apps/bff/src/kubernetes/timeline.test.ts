import { expect, test } from 'vitest';
import { Timeline } from './timeline.ts';

const second = 1_000_000;
const at = (seconds: number) => 1_767_607_200_000_000 + seconds * second;

/** `a 0-10` holds the address from second 0 to 10; `b 12-` from 12 on. */
function timelineOf(...tenures: readonly string[]) {
  const timeline = new Timeline<string>();
  for (const text of tenures) {
    const [, value = '', from = '0', to = ''] = /^(\w+) (\d+)-(\d*)$/.exec(text) ?? [];
    timeline.assign('10.0.0.1', value, at(Number(from)));
    if (to !== '') timeline.release('10.0.0.1', value, at(Number(to)));
  }
  return timeline;
}

test.each([
  ['while it has it', ['a 0-'], 100, 'a'],
  ['a moment before the API knew', ['a 10-'], 6, 'a'],
  ['long before', ['a 10-'], 4, undefined],
  ['its last packets', ['a 0-10'], 19, 'a'],
  ['after it has gone', ['a 0-10'], 21, undefined],
  ['the first of two', ['a 0-10', 'b 20-'], 5, 'a'],
  ['the second of two', ['a 0-10', 'b 20-'], 25, 'b'],
  ['between two, late packets of the first', ['a 0-10', 'b 20-'], 15, 'a'],
  ['a new pod that was started before the old one had ended', ['a 0-10', 'b 8-'], 9, 'a'],
  ['and after', ['a 0-10', 'b 8-'], 11, 'b'],
  ['a new pod told before the end of the old one', ['a 0-', 'b 8-'], 5, 'a'],
  ['and after that', ['a 0-', 'b 8-'], 9, 'b'],
])('%s', (_name, tenures, seconds, holder) => {
  expect(timelineOf(...tenures).find('10.0.0.1', at(seconds))).toBe(holder);
});

test('a holder that is told again does not get the time of the one before', () => {
  const timeline = timelineOf('a 0-10', 'b 0-');
  timeline.assign('10.0.0.1', 'b', at(0));
  expect([5, 9, 11].map((seconds) => timeline.find('10.0.0.1', at(seconds)))).toEqual(['a', 'a', 'b']);
  const alone = timelineOf('a 10-');
  alone.assign('10.0.0.1', 'a', at(2));
  expect(alone.find('10.0.0.1', at(3))).toBe('a');
});

test('an address that goes from job to job keeps a bounded past', () => {
  const timeline = new Timeline<string>();
  for (let n = 0; n < 1000; n++) timeline.assign('10.0.0.1', `job-${n}`, at(n));
  expect(timeline.find('10.0.0.1', at(999.5))).toBe('job-999');
  expect(timeline.find('10.0.0.1', at(980.5))).toBe('job-980');
  expect(timeline.find('10.0.0.1', at(900.5))).toBeUndefined();
});

test('what ended an hour ago is forgotten, and told', () => {
  const timeline = timelineOf('a 0-10', 'b 20-');
  expect(timeline.prune(at(100))).toEqual([]);
  expect(timeline.prune(at(3700))).toEqual(['a']);
  expect(timeline.find('10.0.0.1', at(5))).toBeUndefined();
  expect(timeline.find('10.0.0.1', at(3700))).toBe('b');
  timeline.release('10.0.0.1', 'b', at(3700));
  expect(timeline.prune(at(8000))).toEqual(['b']);
  expect(timeline.size).toBe(0);
});
