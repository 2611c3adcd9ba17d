/** What was saved here and is not so any more: the installation's value was changed since (docs/adr/0093). */

import type { SettingsState } from '@kubeshark/contract';
import classes from './settings.module.css';

interface OverruledProps {
  readonly settings: SettingsState;
  /** Names of the chart's values that this panel is about begin with it. */
  readonly of: string;
}

export function Overruled({ settings, of }: OverruledProps) {
  const here = settings.overruled.filter(({ name }) => name.startsWith(of));
  if (here.length === 0) return null;
  return (
    <div role="status" className={classes['text']}>
      {here.map(({ name, saved, now }) => (
        <p key={name}>
          <code>{name}</code> was changed in the installation after it was saved here: <strong>{now}</strong> is used,
          not {saved}.
        </p>
      ))}
    </div>
  );
}
