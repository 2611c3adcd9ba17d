import { expect, test } from 'vitest';
import { groupOf, MAX_GROUPS } from './group.ts';

test(`${MAX_GROUPS} groups are made once, then all are forgotten`, () => {
  const first = groupOf('Fetch', 'topic-0');
  for (let topic = 1; topic < MAX_GROUPS; topic++) groupOf('Fetch', `topic-${topic}`);
  expect(groupOf('Fetch', 'topic-0')).toBe(first);
  groupOf('Produce', 'topic-0');
  const again = groupOf('Fetch', 'topic-0');
  expect(again).not.toBe(first);
  expect(again.endpoint).toBe('Fetch topic-0');
  expect(groupOf('Fetch', 'topic-0')).toBe(again);
});
