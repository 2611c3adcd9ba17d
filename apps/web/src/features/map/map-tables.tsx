/** The map as tables: everything on the drawing is also here, for the keyboard, for screen readers, and for sorting. */

import type { MapEdge, ServiceMap } from '@kubeshark/contract';
import { Tabs } from '@mantine/core';
import { useMemo } from 'react';
import { formatCount, formatShare } from '../../lib/format.ts';
import { bottlenecksOf, cyclesOf, unusedOf } from '../../lib/graph.ts';
import type { MapGrouping } from '../../lib/search.ts';
import { callColumns } from '../../ui/calls-columns.tsx';
import { NumberTable } from '../../ui/number-table.tsx';
import { ProtocolBadge } from '../../ui/protocol-badge.tsx';
import classes from './map.module.css';
import { edgeValues, nodeValues } from './node-values.ts';

interface MapTablesProps {
  readonly map: ServiceMap;
  readonly by: MapGrouping;
  readonly marked: readonly string[];
  readonly onMark: (cycle: readonly string[]) => void;
  readonly onNode: (id: string) => void;
  readonly onEdge: (edge: MapEdge) => void;
}

/** What the nodes are, by how they are grouped. */
const groupNames: Readonly<Record<MapGrouping, string>> = {
  service: 'Services',
  workload: 'Workloads',
  pod: 'Pods',
  namespace: 'Namespaces',
  ip: 'Addresses',
};

const nameOf = (edge: MapEdge): string => `${edge.from} → ${edge.to}`;

export function MapTables({ map, by, marked, onMark, onNode, onEdge }: MapTablesProps) {
  const bottlenecks = useMemo(() => bottlenecksOf(map.edges), [map]);
  const unused = useMemo(() => unusedOf(map), [map]);
  const cycles = useMemo(() => {
    // Many processes stand behind one bare address: that it calls itself says nothing.
    const outside = new Set(map.nodes.flatMap(({ id, kind }) => (kind === 'external' ? [id] : [])));
    return cyclesOf(map.edges.filter(({ from, to }) => from !== to || !outside.has(from)));
  }, [map]);
  /** Services that are not in the list for being too many. */
  const unlisted = map.idleCount - map.idle.length;
  const call = { id: 'call', title: 'Call', isText: true };
  return (
    <Tabs
      defaultValue="bottlenecks"
      keepMounted={false}
      styles={{
        root: { display: 'flex', flexDirection: 'column', flex: 1, minHeight: 0 },
        list: { flexWrap: 'nowrap', overflowX: 'auto', overflowY: 'hidden', flexShrink: 0 },
        tab: { padding: '9px 7px', fontSize: 12 },
      }}
    >
      <Tabs.List aria-label="The map as tables">
        <Tabs.Tab value="bottlenecks">Bottlenecks</Tabs.Tab>
        <Tabs.Tab value="cycles">Cycles {cycles.length}</Tabs.Tab>
        <Tabs.Tab value="unused">Unused {formatCount(unused.length + unlisted)}</Tabs.Tab>
        <Tabs.Tab value="calls">Calls {map.edges.length}</Tabs.Tab>
        <Tabs.Tab value="services">
          {groupNames[by]} {map.nodes.length}
        </Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="bottlenecks" className={classes['scroll']} tabIndex={0}>
        <p className={classes['note']}>Where callers spend their time: number of calls times how long they take.</p>
        <NumberTable
          label="Bottlenecks"
          rows={bottlenecks}
          rowKey={({ edge }) => nameOf(edge)}
          firstSort={{ id: 'share', descending: true }}
          onRow={({ edge }) => onEdge(edge)}
          menuValues={({ edge }) => edgeValues(edge, map.nodes, by)}
          columns={[
            { ...call, value: ({ edge }) => nameOf(edge) },
            { id: 'share', title: 'Waiting', value: ({ share }) => share, cell: ({ share }) => formatShare(share) },
            ...callColumns<MapEdge>()
              .filter(({ id }) => id === 'p95' || id === 'errors')
              .map(({ value, cell, ...column }) => ({
                ...column,
                value: ({ edge }: { readonly edge: MapEdge }) => value(edge),
                cell: ({ edge }: { readonly edge: MapEdge }) => cell?.(edge),
              })),
          ]}
        />
      </Tabs.Panel>
      <Tabs.Panel value="cycles" className={classes['scroll']} tabIndex={0}>
        <p className={classes['note']}>
          {cycles.length === 0
            ? 'No service calls itself through others.'
            : 'Services that call each other in a circle: choose one to see it on the map.'}
        </p>
        {cycles.map((cycle) => {
          const isMarked = cycle.join() === marked.join();
          return (
            <button
              key={cycle.join()}
              type="button"
              className={classes['cycle']}
              aria-pressed={isMarked}
              onClick={() => onMark(isMarked ? [] : cycle)}
            >
              {[...cycle, cycle[0]].join(' → ')}
            </button>
          );
        })}
      </Tabs.Panel>
      <Tabs.Panel value="unused" className={classes['scroll']} tabIndex={0}>
        <p className={classes['note']}>
          {unused.length === 0
            ? 'Every service was called in this time.'
            : 'Known, but nobody called them in this time: they only call others, or take no part at all.'}
          {unlisted > 0 &&
            ` Listed are ${formatCount(unused.length)} of ${formatCount(unused.length + unlisted)}; the other ${formatCount(unlisted)} take no part either.`}
        </p>
        <NumberTable
          label="Unused services"
          rows={unused}
          rowKey={({ id }) => id}
          firstSort={{ id: 'name', descending: false }}
          onRow={({ id, isIdle }) => !isIdle && onNode(id)}
          columns={[
            { id: 'name', title: 'Service', isText: true, value: ({ name }) => name },
            { id: 'namespace', title: 'Namespace', isText: true, value: ({ namespace }) => namespace ?? '' },
            { id: 'calls', title: 'Calls others', value: ({ isIdle }) => (isIdle ? 'no' : 'yes') },
          ]}
        />
      </Tabs.Panel>
      <Tabs.Panel value="calls" className={classes['scroll']} tabIndex={0}>
        <NumberTable<MapEdge>
          label="All calls"
          rows={map.edges}
          rowKey={nameOf}
          firstSort={{ id: 'count', descending: true }}
          onRow={onEdge}
          menuValues={(edge) => edgeValues(edge, map.nodes, by)}
          columns={[
            { ...call, value: nameOf },
            {
              id: 'protocol',
              title: 'Protocol',
              value: ({ protocols }) => protocols[0]?.protocol ?? '',
              cell: ({ protocols }) =>
                protocols.map(({ protocol }) => <ProtocolBadge key={protocol} protocol={protocol} />),
            },
            ...callColumns<MapEdge>(),
          ]}
        />
      </Tabs.Panel>
      <Tabs.Panel value="services" className={classes['scroll']} tabIndex={0}>
        <NumberTable
          label={groupNames[by]}
          rows={map.nodes}
          rowKey={({ id }) => id}
          firstSort={{ id: 'name', descending: false }}
          onRow={({ id }) => onNode(id)}
          menuValues={(node) => nodeValues(node, by)}
          columns={[
            { id: 'name', title: 'Name', isText: true, value: ({ name }) => name },
            { id: 'namespace', title: 'Namespace', value: ({ namespace }) => namespace ?? '' },
            { id: 'in', title: 'Callers', value: ({ id }) => map.edges.filter(({ to }) => to === id).length },
            { id: 'out', title: 'Calls', value: ({ id }) => map.edges.filter(({ from }) => from === id).length },
          ]}
        />
      </Tabs.Panel>
    </Tabs>
  );
}
