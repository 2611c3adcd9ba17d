/** One node or one edge of the map: its numbers, its endpoints, the way to its calls. */

import type { MapEdge, MapNode, Top } from '@kubeshark/contract';
import { ActionIcon, Button, Group } from '@mantine/core';
import { IconListDetails, IconX } from '@tabler/icons-react';
import { useMemo } from 'react';
import { useAggregate } from '../../api/aggregates.ts';
import { formatCount, formatMillis, formatShare, formatShort } from '../../lib/format.ts';
import type { MapGrouping } from '../../lib/search.ts';
import { andTerm, termOf } from '../../lib/term.ts';
import { callColumns } from '../../ui/calls-columns.tsx';
import { Chart } from '../../ui/chart.tsx';
import { NumberTable } from '../../ui/number-table.tsx';
import { useView } from '../../ui/view.ts';
import { errorRateOf } from './elements.ts';
import classes from './map.module.css';
import { endTerm } from './node-values.ts';

interface DetailProps {
  readonly title: string;
  /** What selects the calls. */
  readonly term: string;
  readonly onClose: () => void;
}

type TopRow = Top['rows'][number];

function Detail({ title, term, onClose }: DetailProps) {
  const { query, range, setRange, go } = useView();
  const scope = { query: andTerm(query, term), range };
  const { data: totals } = useAggregate('totals', scope, {});
  const { data: series } = useAggregate('series', scope, { buckets: 60 });
  const { data: top } = useAggregate('top', scope, { by: 'endpoint', order: 'count', limit: 6 });
  const points = series?.series[0]?.points;
  const { times, lines } = useMemo(() => {
    const list = points ?? [];
    return {
      times: list.map(({ at }) => at),
      lines: [
        { label: 'Calls', color: 'var(--accent)', values: list.map(({ count }) => count), isFilled: true },
        { label: 'Failed', color: 'var(--error)', values: list.map(({ errors }) => errors), isFilled: true },
      ],
    };
  }, [points]);
  return (
    <section className={classes['detail']} aria-label={title}>
      <h2 className={classes['detailTitle']}>
        {title}
        <span className={classes['spacer']} />
        <ActionIcon size="sm" aria-label="Close the details" onClick={onClose}>
          <IconX size={14} />
        </ActionIcon>
      </h2>
      <dl className={classes['red']}>
        <Fact name="Calls" value={formatCount(totals?.count)} />
        <Fact name="Rate" value={totals === undefined ? '–' : `${formatShort(totals.perSecond)}/s`} />
        <Fact name="Failed" value={totals === undefined ? '–' : formatShare(errorRateOf(totals))} />
        <Fact name="p50" value={formatMillis(totals?.p50)} />
        <Fact name="p95" value={formatMillis(totals?.p95)} />
      </dl>
      <Chart
        label={`Calls and failures of ${title}`}
        times={times}
        series={lines}
        format={formatShort}
        height={96}
        onBrush={(from, to) => setRange({ kind: 'between', from, to })}
      />
      {top !== undefined && top.rows.length > 0 && (
        <NumberTable<TopRow>
          label={`Endpoints of ${title}`}
          rows={top.rows}
          rowKey={({ key }) => key}
          firstSort={{ id: 'count', descending: true }}
          columns={[
            { id: 'key', title: 'Endpoint', isText: true, value: ({ key }) => key },
            ...callColumns<TopRow>().filter(({ id }) => id !== 'p50' && id !== 'p99'),
          ]}
          onRow={({ key }) => go('traffic', { q: andTerm(scope.query, termOf({ field: 'endpoint', value: key })) })}
          menuValues={({ key }) => ({ field: 'endpoint', value: key })}
        />
      )}
      <Group mt="sm">
        <Button
          variant="default"
          leftSection={<IconListDetails size={14} />}
          onClick={() => go('traffic', { q: scope.query })}
        >
          Show the calls
        </Button>
      </Group>
    </section>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

interface NodeDetailProps {
  readonly node: MapNode;
  readonly by: MapGrouping;
  readonly onClose: () => void;
}

export function NodeDetail({ node, by, onClose }: NodeDetailProps) {
  return <Detail title={node.id} term={endTerm('dst', node, by)} onClose={onClose} />;
}

interface EdgeDetailProps {
  readonly edge: MapEdge;
  readonly nodes: readonly MapNode[];
  readonly by: MapGrouping;
  readonly onClose: () => void;
}

export function EdgeDetail({ edge, nodes, by, onClose }: EdgeDetailProps) {
  const [from, to] = [edge.from, edge.to].map((id) => nodes.find((node) => node.id === id));
  if (from === undefined || to === undefined) return null;
  const term = `${endTerm('src', from, by)} and ${endTerm('dst', to, by)}`;
  return <Detail title={`${edge.from} → ${edge.to}`} term={term} onClose={onClose} />;
}
