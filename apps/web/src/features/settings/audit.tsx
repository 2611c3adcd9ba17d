/** Who read payloads and changed things. */

import { useQuery } from '@tanstack/react-query';
import { useHub } from '../../api/context.ts';
import { formatInstant } from '../../lib/format.ts';
import { NumberTable } from '../../ui/number-table.tsx';
import { Panel } from '../../ui/panel.tsx';
import classes from './settings.module.css';

/** The newest; the whole log is at /api/audit. */
const SHOWN = 50;

export function Audit() {
  const { api } = useHub();
  const { data, error } = useQuery({
    queryKey: ['audit'],
    queryFn: ({ signal }) => api.call('audit', { query: { limit: SHOWN }, signal }),
  });
  return (
    <Panel title="Audit log">
      {error !== null && <p className={classes['text']}>{error.message}</p>}
      {data?.events.length === 0 && <p className={classes['text']}>Nothing was read or changed yet.</p>}
      {data !== undefined && data.events.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scroller must be reachable by keyboard.
        <div className={classes['scroll']} tabIndex={0}>
          <NumberTable
            label="Audit log"
            rows={data.events.map((event, index) => ({ ...event, index }))}
            rowKey={({ index }) => String(index)}
            firstSort={null}
            columns={[
              { id: 'target', title: 'What', isText: true, value: ({ target }) => target },
              { id: 'action', title: 'Done', value: ({ action }) => action },
              { id: 'user', title: 'Who', value: ({ user }) => user },
              { id: 'at', title: 'When', value: ({ at }) => at, cell: ({ at }) => formatInstant(at).slice(0, -3) },
            ]}
          />
        </div>
      )}
    </Panel>
  );
}
