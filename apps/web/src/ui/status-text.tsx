import classes from './status-text.module.css';

interface Outcome {
  readonly status: number | string | null;
  readonly error: boolean;
}

/** By whether the call failed; a redirect is neither good nor bad. */
export function toneOf({ status, error }: Outcome): 'ok' | 'error' | 'neutral' {
  if (error) return 'error';
  return status === null || (typeof status === 'number' && status >= 300 && status < 400) ? 'neutral' : 'ok';
}

export const statusText = ({ status, error }: Outcome): string => String(status ?? (error ? 'failed' : '–'));

/** A protocol's status in its colour. */
export function StatusText(outcome: Outcome) {
  return (
    <span className={classes['status']} data-tone={toneOf(outcome)}>
      {statusText(outcome)}
    </span>
  );
}
