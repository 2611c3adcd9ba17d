import { expect, test } from 'vitest';
import { FEW, FetchTopics, MAX_SESSION_TOPICS } from './fetch-topics.ts';
import { Facts } from './scan.ts';

function fetchOf(sessionEpoch: number, topics: readonly string[], forgotten?: readonly string[]): Facts {
  const facts = new Facts().reset(true);
  facts.sessionEpoch = sessionEpoch;
  for (const topic of topics) facts.add(topic);
  facts.forgotten = forgotten === undefined ? null : new Set(forgotten);
  return facts;
}
const topics = (count: number) => Array.from({ length: count }, (_, index) => `topic-${index}`);

test.each([FEW, FEW + 1])('a fetch of %i topics of its session changes nothing, one more is added', (count) => {
  const session = new FetchTopics();
  expect(session.follow(fetchOf(0, topics(count)))).toBeNull();
  const known = session.follow(fetchOf(1, topics(count)));
  expect(known).toEqual(topics(count));
  expect(session.follow(fetchOf(2, topics(count)))).toBe(known);
  expect(session.follow(fetchOf(3, [...topics(count), 'new']))).toEqual([...topics(count), 'new']);
  expect(session.follow(fetchOf(4, [], ['topic-0']))).toEqual([...topics(count).slice(1), 'new']);
});

test(`no more than ${MAX_SESSION_TOPICS} topics are remembered, however they come`, () => {
  const session = new FetchTopics();
  session.follow(fetchOf(0, topics(MAX_SESSION_TOPICS - 1)));
  expect(session.follow(fetchOf(1, ['one', 'two', 'three']))).toHaveLength(MAX_SESSION_TOPICS);
});
