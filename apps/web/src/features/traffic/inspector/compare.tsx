/** Two calls side by side: what is not the same in both. */

import type { Entry } from '@kubeshark/model';
import { ActionIcon, Loader, Switch, Tooltip } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useHub } from '../../../api/context.ts';
import { diff } from '../../../lib/diff.ts';
import { formatClock } from '../../../lib/format.ts';
import { Empty } from '../../../ui/empty.tsx';
import classes from './compare.module.css';
import { entryQuery } from './entry-query.ts';
import inspectorClasses from './inspector.module.css';

/** Different in any two calls, and rarely why they are compared. */
const ALWAYS_DIFFERENT = /^(id|timestamp|src\.port|connection\.|capture\.|traceId)/;

interface CompareProps {
  readonly left: string;
  readonly right: string;
  readonly onClose: () => void;
}

export function Compare({ left, right, onClose }: CompareProps) {
  const { api } = useHub();
  const { data: a, error: leftError } = useQuery(entryQuery(api, left));
  const { data: b, error: rightError } = useQuery(entryQuery(api, right));
  const error = leftError ?? rightError;
  if (error !== null) return <Empty title="One of the calls could not be read">{error.message}</Empty>;
  if (a === undefined || b === undefined) return <Empty title="Reading both calls" icon={<Loader size="sm" />} />;
  return <Differences left={a} right={b} onClose={onClose} />;
}

function Differences({
  left,
  right,
  onClose,
}: {
  readonly left: Entry;
  readonly right: Entry;
  readonly onClose: () => void;
}) {
  const [all, setAll] = useState(false);
  const lines = useMemo(() => diff(left, right), [left, right]);
  const shown = all ? lines : lines.filter(({ path }) => !ALWAYS_DIFFERENT.test(path));
  return (
    <aside className={inspectorClasses['inspector']} aria-label="Comparison">
      <header className={inspectorClasses['head']}>
        <div className={inspectorClasses['titleLine']}>
          <h2 className={inspectorClasses['title']}>
            {shown.length === 0
              ? 'No difference'
              : `${shown.length} ${shown.length === 1 ? 'difference' : 'differences'}`}
          </h2>
          <Switch
            label="Also times and ports"
            checked={all}
            onChange={(event) => setAll(event.currentTarget.checked)}
          />
          <Tooltip label="Close">
            <ActionIcon aria-label="Close the comparison" onClick={onClose}>
              <IconX size={16} />
            </ActionIcon>
          </Tooltip>
        </div>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scroller must be reachable by keyboard. */}
      <div className={inspectorClasses['panel']} tabIndex={0}>
        <table className={classes['table']}>
          <thead>
            <tr>
              <th scope="col">Where</th>
              {[left, right].map((entry) => (
                <th key={entry.id} scope="col">
                  {formatClock(entry.timestamp)} {entry.summary}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((line) => (
              <tr key={line.path} data-kind={line.kind}>
                <th scope="row">{line.path}</th>
                <td>{textOf(line.left)}</td>
                <td>{textOf(line.right)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </aside>
  );
}

const textOf = (value: unknown): string =>
  value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
