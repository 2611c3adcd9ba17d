import { expect, test } from 'vitest';
import { playwrightCounts, totalLine, vitestCounts } from './test-counts.ts';

test('a vitest report counts each test, and a file that did not load as one failure', () => {
  const report = {
    testResults: [
      {
        name: 'a.test.ts',
        status: 'failed',
        assertionResults: [
          { fullName: 'adds', status: 'passed' },
          { fullName: 'subtracts', status: 'failed' },
          { fullName: 'needs root', status: 'pending' },
        ],
      },
      { name: 'b.test.ts', status: 'failed', assertionResults: [] },
    ],
  };
  expect(vitestCounts(report)).toEqual({
    passed: 1,
    failed: 2,
    skipped: 1,
    failures: ['subtracts', 'b.test.ts (could not be loaded)'],
    skips: ['needs root'],
  });
});

test('a Playwright report counts nested suites, flaky tests as failed, and errors outside of tests', () => {
  const spec = (title: string, status: string) => ({ title, tests: [{ status }] });
  const report = {
    suites: [
      {
        title: 'live.spec.ts',
        specs: [spec('arrives', 'expected')],
        suites: [{ title: 'inner', specs: [spec('flickers', 'flaky'), spec('waits', 'skipped')] }],
      },
    ],
    errors: [{ message: 'no browser' }],
  };
  const counts = playwrightCounts(report);
  expect(counts).toMatchObject({ passed: 1, failed: 2, skipped: 1, failures: ['inner › flickers', 'no browser'] });
  expect(totalLine(counts)).toBe('1 passed, 2 failed, 1 skipped');
  expect(totalLine({ ...counts, skipped: 0 })).toBe('1 passed, 2 failed');
});
