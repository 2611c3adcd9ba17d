/** A titled box on a page of several. */

import type { ReactNode } from 'react';
import classes from './panel.module.css';

interface PanelProps {
  readonly title: string;
  /** Stands right of the title. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
  readonly className?: string | undefined;
}

export function Panel({ title, aside, children, className }: PanelProps) {
  return (
    <section className={`${classes['panel']} ${className ?? ''}`} aria-label={title}>
      <header className={classes['head']}>
        <h2 className={classes['title']}>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}
