/** Label and value lines outside of the descriptors: connection, Kubernetes, capture. */

import type { ReactNode } from 'react';
import { Fragment } from 'react';
import { Value } from '../../../ui/value-menu.tsx';
import classes from './inspector.module.css';

interface Fact {
  readonly label: string;
  readonly value: string | number | boolean | null | undefined;
  /** KFL path, when the value can be filtered by. */
  readonly field?: string;
  /** How to show it when not as it is. */
  readonly shown?: ReactNode;
}

interface FactsProps {
  readonly title: string;
  readonly facts: readonly Fact[];
}

/** Facts without a value are left out; a section without facts too. */
export function Facts({ title, facts }: FactsProps) {
  const known = facts.filter(({ value }) => value !== undefined && value !== null && value !== '');
  if (known.length === 0) return null;
  return (
    <section className={classes['section']} aria-label={title}>
      <h3 className={classes['sectionTitle']}>{title}</h3>
      <dl className={classes['rows']}>
        {known.map(({ label, value, field, shown }) => (
          <Fragment key={label}>
            <dt>{label}</dt>
            <dd>
              {field === undefined ? (
                (shown ?? String(value))
              ) : (
                <Value field={field} value={value as string}>
                  {shown ?? String(value)}
                </Value>
              )}
            </dd>
          </Fragment>
        ))}
      </dl>
    </section>
  );
}
