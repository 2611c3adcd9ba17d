/** Who calls whom: the drawing, and beside it what stands out in it. */

import type { MapEdge } from '@kubeshark/contract';
import { ActionIcon, Menu, MultiSelect, SegmentedControl, Select, Tooltip } from '@mantine/core';
import { IconArrowsMaximize, IconDownload, IconRefresh, IconRoute2 } from '@tabler/icons-react';
import { useMemo, useRef, useState } from 'react';
import { Group, Panel, Separator, useDefaultLayout } from 'react-resizable-panels';
import { aggregateKey, INCOMPLETE, useAggregate } from '../../api/aggregates.ts';
import { useStop } from '../../api/use-stop.ts';
import { formatCount } from '../../lib/format.ts';
import { type MapGrouping, mapGroupings } from '../../lib/search.ts';
import { Empty } from '../../ui/empty.tsx';
import { Pane } from '../../ui/pane.tsx';
import { saveText } from '../../ui/save.ts';
import { openValueMenu } from '../../ui/value-menu.tsx';
import { type PageProps, useView } from '../../ui/view.ts';
import { Waiting } from '../../ui/waiting.tsx';
import { EdgeDetail, NodeDetail } from './detail.tsx';
import { boxId, draw, type EdgeLabel } from './elements.ts';
import { type GraphHandle, GraphView } from './graph-view.tsx';
import classes from './map.module.css';
import { MapTables } from './map-tables.tsx';
import { edgeValues, nodeValues } from './node-values.ts';
import { toSvg } from './svg.ts';

const labels = [
  { value: 'none', label: 'No labels' },
  { value: 'rate', label: 'Calls a second' },
  { value: 'errors', label: 'Failed' },
  { value: 'latency', label: 'p95 latency' },
] as const;
const NO_CYCLE: readonly string[] = [];

export function MapPage({ search, onSearch }: PageProps) {
  const { query, range } = useView();
  const by = search.by ?? 'service';
  const stop = useStop(aggregateKey('map', { query, range }, { by }));
  const { data: map, error } = useAggregate('map', { query, range }, { by }, !stop.isStopped);
  const [label, setLabel] = useState<EdgeLabel>('rate');
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(new Set());
  const [hidden, setHidden] = useState<readonly string[]>([]);
  const [edge, setEdge] = useState<string | null>(null);
  const [marked, setMarked] = useState(NO_CYCLE);
  const graph = useRef<GraphHandle>(null);
  /** What the graph that has its places drew as a node: before that there is no picture to save. */
  const [arrangedBy, setArrangedBy] = useState<MapGrouping | null>(null);
  const layout = useDefaultLayout({ id: 'map', panelIds: ['graph', 'tables'] });
  const drawn = useMemo(
    () => (map === undefined ? null : draw(map, { label, collapsed, hidden: new Set(hidden) })),
    [map, label, collapsed, hidden],
  );
  const focus = search.node ?? null;
  const setFocus = (node: string | null) => {
    setEdge(null);
    onSearch({ node: node ?? undefined }, true);
  };
  const chooseEdge = ({ from, to }: MapEdge) => setEdge(`${from} → ${to}`);

  const valuesOf = (id: string) => {
    const node = map?.nodes.find((one) => one.id === id);
    const call = map?.edges.find(({ from, to }) => `${from} → ${to}` === id);
    if (map === undefined) return [];
    return node !== undefined ? nodeValues(node, by) : call === undefined ? [] : edgeValues(call, map.nodes, by);
  };

  if (error !== null) return <Empty title="The map could not be read">{error.message}</Empty>;
  if (map === undefined || drawn === null) return <Waiting title="Drawing the map" {...stop} />;
  const isArranged = arrangedBy === by && map.nodes.length > 0;
  const chosenNode = map.nodes.find(({ id }) => id === focus);
  const chosenEdge = map.edges.find(({ from, to }) => `${from} → ${to}` === edge);
  const fold = (id: string) => {
    const namespace = map.nodes.find((node) => node.namespace !== undefined && boxId(node.namespace) === id)?.namespace;
    if (namespace === undefined) return;
    const next = new Set(collapsed);
    if (!next.delete(namespace)) next.add(namespace);
    setCollapsed(next);
  };
  return (
    <div className={classes['page']}>
      <div className={classes['toolbar']} role="toolbar" aria-label="Map">
        <SegmentedControl
          aria-label="A node is a"
          value={by}
          onChange={(next) => onSearch({ by: mapGroupings.find((word) => word === next), node: undefined })}
          data={mapGroupings.map((value) => ({
            value,
            label: value === 'ip' ? 'Address' : value[0]!.toUpperCase() + value.slice(1),
          }))}
        />
        <Select
          aria-label="Find a node"
          placeholder="Find a node"
          w={160}
          searchable
          clearable
          value={chosenNode === undefined ? null : focus}
          data={map.nodes.map(({ id }) => id)}
          onChange={setFocus}
        />
        <MultiSelect
          aria-label="Hide nodes"
          placeholder={hidden.length === 0 ? 'Hide nodes' : ''}
          size="xs"
          miw={130}
          maw={320}
          searchable
          clearable
          value={[...hidden]}
          data={map.nodes.map(({ id }) => id)}
          onChange={setHidden}
        />
        <Select
          aria-label="Labels of the calls"
          w={130}
          allowDeselect={false}
          value={label}
          data={labels}
          onChange={(next) => next !== null && setLabel(next)}
        />
        <span className={classes['spacer']} />
        <Tooltip label="Show all of it">
          <ActionIcon aria-label="Show all of it" onClick={() => graph.current?.fit()}>
            <IconArrowsMaximize size={16} />
          </ActionIcon>
        </Tooltip>
        <Tooltip label="Arrange anew">
          <ActionIcon aria-label="Arrange anew" onClick={() => graph.current?.arrange()}>
            <IconRefresh size={16} />
          </ActionIcon>
        </Tooltip>
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon aria-label="Save the map">
              <IconDownload size={16} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              disabled={!isArranged}
              onClick={() => {
                const link = document.createElement('a');
                link.href = graph.current?.png() ?? '';
                link.download = 'service-map.png';
                link.click();
              }}
            >
              Save as PNG
            </Menu.Item>
            <Menu.Item
              disabled={!isArranged}
              onClick={() =>
                saveText(
                  toSvg(drawn.nodes, drawn.edges, graph.current?.positions() ?? {}),
                  'service-map.svg',
                  'image/svg+xml',
                )
              }
            >
              Save as SVG
            </Menu.Item>
            <Menu.Item onClick={() => saveText(JSON.stringify(map, null, 2), 'service-map.json', 'application/json')}>
              Save as JSON
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
      <Group className={classes['split']} {...layout}>
        <Panel id="graph" minSize="30%">
          <Pane name="the map">
            {map.nodes.length === 0 ? (
              <Empty icon={<IconRoute2 size={38} stroke={1.3} />} title="Nobody calls anybody">
                No call matches in this time.
              </Empty>
            ) : (
              <div className={classes['canvas']}>
                <GraphView
                  key={by}
                  handle={graph}
                  onArranged={() => setArrangedBy(by)}
                  nodes={drawn.nodes}
                  edges={drawn.edges}
                  label={`Map of ${map.nodes.length} nodes and ${map.edges.length} calls; the tables beside it say the same`}
                  focus={focus}
                  marked={marked}
                  onNode={setFocus}
                  onEdge={setEdge}
                  onFold={fold}
                  onMenu={(id, at) => openValueMenu({ ...at, currentTarget: null }, ...valuesOf(id))}
                />
                {(map.truncated || !map.complete) && (
                  <p className={classes['cut']} role="status">
                    {map.truncated &&
                      `Only the ${formatCount(map.edges.length)} busiest connections are here: narrow the query to see others. `}
                    {!map.complete && INCOMPLETE}
                  </p>
                )}
                <div className={classes['legend']} aria-hidden>
                  <span>wider: more calls</span>
                  <span>
                    <span className={classes['swatch']} style={{ background: 'var(--warn)' }} />
                    over 1 % fail
                  </span>
                  <span>
                    <span className={classes['swatch']} style={{ background: 'var(--error)' }} />
                    over 5 % fail
                  </span>
                  <span>double click folds a namespace</span>
                </div>
              </div>
            )}
          </Pane>
        </Panel>
        <Separator className={classes['handle']} aria-label="Width of the tables" />
        <Panel id="tables" minSize="24%" defaultSize="36%">
          <Pane name="the tables">
            <div className={classes['side']}>
              {chosenEdge !== undefined ? (
                <EdgeDetail edge={chosenEdge} nodes={map.nodes} by={by} onClose={() => setEdge(null)} />
              ) : (
                chosenNode !== undefined && <NodeDetail node={chosenNode} by={by} onClose={() => setFocus(null)} />
              )}
              <MapTables map={map} by={by} marked={marked} onMark={setMarked} onNode={setFocus} onEdge={chooseEdge} />
            </div>
          </Pane>
        </Panel>
      </Group>
    </div>
  );
}
