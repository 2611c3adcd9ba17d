import { expect, test } from 'vitest';
import { NameTable } from '../../names/name-table.ts';
import { MAX_TOPICS, TopicNames, topicNamesOf } from './topic-names.ts';

test('a topic keeps its id when it is learnt again, and takes a new name', () => {
  const names = new TopicNames();
  names.learn('orders', 'a');
  names.learn('orders', 'a');
  names.learn('orders-2', 'a');
  expect([names.of('a'), names.of('b')]).toEqual(['orders-2', undefined]);
});

test(`of more than ${MAX_TOPICS} topics the oldest are forgotten`, () => {
  const names = new TopicNames();
  for (let id = 0; id <= MAX_TOPICS; id++) names.learn(`topic-${id}`, `${id}`);
  expect([names.of('0'), names.of('1'), names.of(`${MAX_TOPICS}`)]).toEqual([
    undefined,
    'topic-1',
    `topic-${MAX_TOPICS}`,
  ]);
});

test('connections of one engine share their names, engines do not', () => {
  const engine = new NameTable();
  topicNamesOf(engine).learn('orders', 'a');
  expect(topicNamesOf(engine).of('a')).toBe('orders');
  expect(topicNamesOf(new NameTable()).of('a')).toBeUndefined();
});
