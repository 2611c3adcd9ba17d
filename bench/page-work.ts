/** What a page's main thread does, task by task, as the browser's own trace tells it: by the clock, and of its own. */

import type { Browser, CDPSession } from '@playwright/test';

/** Longer ones are felt: https://w3c.github.io/longtasks/#sec-terminology */
const LONG_MILLIS = 50;
const TASK = 'ThreadControllerImpl::RunTask';
const FRAME = 'ProxyMain::BeginMainFrame';

/** https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU: times in µs, `tdur` is the thread's own. */
interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args: { readonly name?: unknown };
}

export interface PageWork {
  /** Milliseconds by the clock of every task above 50 ms: what else wanted the cores is in it. */
  readonly long: readonly number[];
  /** Milliseconds of its own the longest task took; those above 50 ms would be the page's fault on any machine. */
  readonly longestOwn: number;
  readonly ownAbove50: number;
  readonly framesPerSecond: number;
  /** Share of one core. */
  readonly busy: number;
}

/** Traces the browser during `doing`; the page is the renderer that works most. */
export async function traced(browser: Browser, doing: () => Promise<void>): Promise<PageWork> {
  const cdp: CDPSession = await browser.newBrowserCDPSession();
  const events: TraceEvent[] = [];
  cdp.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  const ended = new Promise((resolve) => cdp.once('Tracing.tracingComplete', resolve));
  const includedCategories = ['toplevel', 'cc'];
  await cdp.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories } });
  const started = performance.now();
  await doing();
  const seconds = (performance.now() - started) / 1000;
  await cdp.send('Tracing.end');
  await ended;
  await cdp.detach();
  return workOf(events, seconds);
}

function workOf(events: readonly TraceEvent[], seconds: number): PageWork {
  const threads = new Map<string, TraceEvent[]>();
  const keyOf = ({ pid, tid }: TraceEvent) => `${pid}:${tid}`;
  for (const event of events) if (event.args.name === 'CrRendererMain') threads.set(keyOf(event), []);
  for (const event of events) threads.get(keyOf(event))?.push(event);
  const own = (tasks: readonly TraceEvent[]) => tasks.map(({ tdur = 0 }) => tdur / 1000);
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  const isTask = ({ name }: TraceEvent) => name === TASK;
  const [page = []] = [...threads.values()].sort((a, b) => sum(own(b.filter(isTask))) - sum(own(a.filter(isTask))));
  const tasks = page.filter(isTask);
  return {
    long: tasks.map(({ dur = 0 }) => Math.round(dur / 1000)).filter((millis) => millis > LONG_MILLIS),
    longestOwn: Math.max(0, ...own(tasks)),
    ownAbove50: own(tasks).filter((millis) => millis > LONG_MILLIS).length,
    framesPerSecond: page.filter(({ name }) => name === FRAME).length / seconds,
    busy: sum(own(tasks)) / 1000 / seconds,
  };
}
