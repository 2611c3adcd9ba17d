/** Adds up what the test runners report. Their JSON comes from our own tools, so it is read without a schema. */

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly string[];
  readonly skips: readonly string[];
}

export const none: Counts = { passed: 0, failed: 0, skipped: 0, failures: [], skips: [] };

export const add = (a: Counts, b: Counts): Counts => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
  failures: [...a.failures, ...b.failures],
  skips: [...a.skips, ...b.skips],
});

const one = (outcome: 'passed' | 'failed' | 'skipped', name: string): Counts => ({
  ...none,
  [outcome]: 1,
  failures: outcome === 'failed' ? [name] : [],
  skips: outcome === 'skipped' ? [name] : [],
});

interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** Counts of a vitest JSON report; a file that could not be loaded counts as one failure. */
export function vitestCounts(report: unknown): Counts {
  return (report as VitestReport).testResults
    .flatMap(({ name, status, assertionResults }) =>
      assertionResults.length === 0 && status === 'failed'
        ? [one('failed', `${name} (could not be loaded)`)]
        : assertionResults.map((test) =>
            one(test.status === 'passed' ? 'passed' : test.status === 'failed' ? 'failed' : 'skipped', test.fullName),
          ),
    )
    .reduce(add, none);
}

interface PlaywrightSuite {
  readonly title: string;
  readonly suites?: readonly PlaywrightSuite[];
  readonly specs?: readonly {
    readonly title: string;
    readonly tests: readonly { readonly status: 'expected' | 'unexpected' | 'flaky' | 'skipped' }[];
  }[];
}

/** Counts of a Playwright JSON report. A flaky test is a failed one: it failed and was only lucky later. */
export function playwrightCounts(report: unknown): Counts {
  const { suites, errors } = report as { suites: readonly PlaywrightSuite[]; errors: readonly { message?: string }[] };
  const ofSuite = (suite: PlaywrightSuite): Counts =>
    [
      ...(suite.suites ?? []).map(ofSuite),
      ...(suite.specs ?? []).flatMap(({ title, tests }) =>
        tests.map(({ status }) =>
          one(
            status === 'expected' ? 'passed' : status === 'skipped' ? 'skipped' : 'failed',
            `${suite.title} › ${title}`,
          ),
        ),
      ),
    ].reduce(add, none);
  return [...suites.map(ofSuite), ...errors.map(({ message }) => one('failed', message ?? 'Playwright'))].reduce(
    add,
    none,
  );
}

/** The line that ends a run. */
export const totalLine = ({ passed, failed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
