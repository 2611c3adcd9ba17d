/** What a person is told when a live tap ends. */

export interface Tapped {
  readonly calls: number;
  readonly failed: number;
  readonly seconds: number;
}

/** `12 calls in 0:06, 1 of them failed.` */
export function tapSummary({ calls, failed, seconds }: Tapped): string {
  const whole = Math.round(seconds);
  const time = `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
  const errors = failed === 0 ? 'none failed' : `${failed} failed`;
  return `${calls} ${calls === 1 ? 'call' : 'calls'} in ${time}${calls === 0 ? '' : `, ${errors}`}.`;
}
