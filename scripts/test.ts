/**
 * `npm test`: everything, in the order in which a failure is cheapest to read. Each step goes on after a failed one, so
 * that one run tells all; the last line is the total.
 */

import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { installKubeTools, kubeToolsMissing } from './kube-tools.ts';
import { staticChecks } from './static-checks.ts';
import { install, installCommand, missing, testTools, whyNotInstallable } from './system-packages.ts';
import { add, type Counts, none, playwrightCounts, totalLine, vitestCounts } from './test-counts.ts';

const reports = { vitest: '.cache/vitest.json', playwright: '.cache/playwright.json' };

function run(command: string, ...args: string[]): Promise<boolean> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, PLAYWRIGHT_JSON_OUTPUT_NAME: reports.playwright, FORCE_COLOR: '0' },
  });
  return new Promise((resolve) => {
    child.on('error', () => resolve(false));
    child.on('exit', (code) => resolve(code === 0));
  });
}

/** One step that is a test by itself. */
async function step(name: string, command: string, ...args: string[]): Promise<Counts> {
  console.log(`\n== ${name}`);
  const passed = await run(command, ...args);
  return passed ? { ...none, passed: 1 } : { ...none, failed: 1, failures: [name] };
}

/** A runner that writes a report. A report that is missing or says nothing is a failure of the whole step. */
async function suite(
  name: string,
  report: { readonly file: string; readonly count: (json: unknown) => Counts },
  command: readonly [string, ...string[]],
): Promise<Counts> {
  console.log(`\n== ${name}`);
  const ok = await run(...command);
  try {
    const counts = report.count(JSON.parse(readFileSync(report.file, 'utf8')));
    if (ok && counts.failed === 0 && counts.passed > 0) return counts;
    return counts.failed > 0 ? counts : add(counts, { ...none, failed: 1, failures: [`${name}: the runner failed`] });
  } catch {
    return { ...none, failed: 1, failures: [`${name}: no report`] };
  }
}

function installTools(): void {
  const absent = missing(testTools);
  if (absent.length === 0) return;
  const hindrance = whyNotInstallable();
  if (hindrance === undefined) {
    console.log(`Installing ${absent.map(({ name }) => name).join(', ')} …`);
    install(absent);
  }
  for (const { name, purpose } of missing(testTools)) {
    console.log(`skipped: ${purpose} (${name} is not installed${hindrance ? `; ${hindrance}` : ''})`);
  }
  const still = missing(testTools);
  if (still.length > 0) console.log(`To run these too: ${installCommand(still)}`);
}

rmSync('.cache/vitest.json', { force: true });
rmSync('.cache/playwright.json', { force: true });
mkdirSync('.cache', { recursive: true });

installTools();
if (!installKubeTools()) console.log(`skipped: rendering of the chart: ${kubeToolsMissing}`);
const results: Counts[] = [];
for (const check of staticChecks) results.push(await step(...check));
results.push(
  await step('build of the browser application', 'node', 'scripts/build.ts'),
  await step('first load of the browser application', 'node', 'scripts/check-bundle.ts'),
  await suite('unit and integration tests', { file: reports.vitest, count: vitestCounts }, [
    'vitest',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${reports.vitest}`,
  ]),
);
if (missing(testTools.filter(({ name }) => name === 'chromium')).length === 0) {
  results.push(
    await suite('end-to-end tests', { file: reports.playwright, count: playwrightCounts }, [
      'playwright',
      'test',
      '--reporter=list,json',
    ]),
  );
} else {
  results.push({ ...none, skipped: 1, skips: ['end-to-end tests: chromium is not installed'] });
}

const total = results.reduce(add, none);
console.log('');
for (const skip of total.skips) console.log(`skipped: ${skip}`);
for (const failure of total.failures) console.log(`failed: ${failure}`);
console.log(totalLine(total));
process.exit(total.failed === 0 ? 0 : 1);
