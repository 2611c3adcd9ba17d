import classes from './status-text.module.css';

/** A protocol's status, coloured by whether the call failed; a redirect is neither good nor bad. */
export function StatusText({ status, error }: { readonly status: number | string | null; readonly error: boolean }) {
  const tone = error
    ? 'error'
    : status === null || (typeof status === 'number' && status >= 300 && status < 400)
      ? 'neutral'
      : 'ok';
  return (
    <span className={classes['status']} data-tone={tone}>
      {status ?? (error ? 'failed' : '–')}
    </span>
  );
}
