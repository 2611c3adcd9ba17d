/** One line on a terminal that says how far a long job is; silence in a pipe. */

const BAR_WIDTH = 24;
/** As often as a person can read it. */
const REDRAW_MILLIS = 100;
const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** `12.3 MB` */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return `${unit === 0 || value >= 100 ? value.toFixed(0) : value.toFixed(1)} ${units[unit] ?? ''}`;
}

export class Progress {
  readonly #stream: NodeJS.WriteStream;
  #drawn = 0;
  #isShown = false;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
  }

  /** `share` from 0 to 1 draws a bar; without it only the text is shown. */
  show(text: string, share?: number): void {
    const now = performance.now();
    if (!this.#stream.isTTY || now - this.#drawn < REDRAW_MILLIS) return;
    this.#drawn = now;
    this.#isShown = true;
    const filled = Math.round(BAR_WIDTH * Math.min(1, Math.max(0, share ?? 0)));
    const bar = share === undefined ? '' : `[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}] `;
    this.#stream.write(`\r\u001b[K${bar}${text}`);
  }

  /** Takes the line away, so that what is said next stands alone. */
  end(): void {
    if (this.#isShown) this.#stream.write('\r\u001b[K');
    this.#isShown = false;
  }
}
