/** The numbers over everything in scope; a click opens the calls behind one. */

import { useAggregate } from '../../api/aggregates.ts';
import { formatBytes, formatCalls, formatCount, formatMillis, formatShare, formatShort } from '../../lib/format.ts';
import { andTerm } from '../../lib/term.ts';
import { useView } from '../../ui/view.ts';
import classes from './dashboard.module.css';

export function Tiles() {
  const { query, range, go } = useView();
  const { data } = useAggregate('totals', { query, range }, {});
  const failed = data === undefined || data.count === 0 ? null : data.errors / data.count;
  const span = data === undefined ? 1 : Math.max(1, (data.until - data.since) / 1e6);
  return (
    <div className={classes['tiles']}>
      <Tile
        name="Calls"
        value={formatCount(data?.count)}
        note={data && `${formatShort(data.perSecond)} a second`}
        onClick={() => go('traffic')}
      />
      <Tile
        name="Failed"
        value={formatShare(failed)}
        note={data && formatCalls(data.errors)}
        onClick={() => go('traffic', { q: andTerm(query, 'error') })}
      />
      <Tile name="p50" value={formatMillis(data?.p50)} note="half are faster" />
      <Tile name="p95" value={formatMillis(data?.p95)} note="95 of 100 are faster" onClick={() => slower(data?.p95)} />
      <Tile name="p99" value={formatMillis(data?.p99)} note="99 of 100 are faster" onClick={() => slower(data?.p99)} />
      <Tile
        name="Throughput"
        value={data === undefined ? '–' : `${formatBytes(data.bytes / span)}/s`}
        note={data && formatBytes(data.bytes)}
      />
    </div>
  );

  function slower(millis: number | null | undefined): void {
    if (millis !== null && millis !== undefined)
      go('traffic', { q: andTerm(query, `response.latency > ${Number(millis.toPrecision(3))}`) });
  }
}

interface TileProps {
  readonly name: string;
  readonly value: string;
  readonly note: string | undefined;
  readonly onClick?: () => void;
}

function Tile({ name, value, note, onClick }: TileProps) {
  const content = (
    <>
      <span className={classes['tileName']}>{name}</span>
      <span className={classes['tileValue']}>{value}</span>
      <span className={classes['tileNote']}>{note ?? ' '}</span>
    </>
  );
  if (onClick === undefined) return <div className={classes['tile']}>{content}</div>;
  return (
    <button type="button" className={classes['tile']} onClick={onClick} title={`Show these calls`}>
      {content}
    </button>
  );
}
