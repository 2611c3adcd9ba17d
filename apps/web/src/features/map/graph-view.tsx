/** The drawing itself. New numbers change colours and widths; only new or gone nodes move anything. */

import { useComputedColorScheme } from '@mantine/core';
import cytoscape, { type Core } from 'cytoscape';
import { useEffect, useImperativeHandle, useRef } from 'react';
import type { DrawnEdge, DrawnNode } from './elements.ts';
import { layoutInWorker, type Place } from './layout.ts';
import classes from './map.module.css';
import { mapStyle } from './map-style.ts';

export interface GraphHandle {
  readonly fit: () => void;
  readonly png: () => string;
  /** Finds new places for everything. */
  readonly arrange: () => void;
  readonly positions: () => Readonly<Record<string, Place>>;
}

interface GraphViewProps {
  readonly nodes: readonly DrawnNode[];
  readonly edges: readonly DrawnEdge[];
  readonly label: string;
  /** Only this node and its neighbours are bright. */
  readonly focus: string | null;
  /** Nodes of a circle to highlight. */
  readonly marked: readonly string[];
  readonly onNode: (id: string | null) => void;
  readonly onEdge: (id: string) => void;
  readonly onFold: (boxId: string) => void;
  /** The menu of a node or a call was asked for, at a place of the window. */
  readonly onMenu: (id: string, at: { readonly clientX: number; readonly clientY: number }) => void;
  readonly handle: React.Ref<GraphHandle>;
  /** Every node has its place. */
  readonly onArranged: () => void;
}

export function GraphView(props: GraphViewProps) {
  const { nodes, edges, label, focus, marked, onNode, onEdge, onFold, onMenu, onArranged, handle } = props;
  const box = useRef<HTMLDivElement>(null);
  const core = useRef<Core | null>(null);
  const places = useRef<Record<string, Place>>({});
  const scheme = useComputedColorScheme();
  const callbacks = useRef({ onNode, onEdge, onFold, onMenu, onArranged });
  const graph = useRef({ nodes, edges });
  useEffect(() => {
    callbacks.current = { onNode, onEdge, onFold, onMenu, onArranged };
    graph.current = { nodes, edges };
  });

  useEffect(() => {
    const cy = cytoscape({ container: box.current, minZoom: 0.15, maxZoom: 3, boxSelectionEnabled: false });
    core.current = cy;
    cy.on('tap', (event) => {
      if (event.target === cy) callbacks.current.onNode(null);
    });
    cy.on('tap', 'node[!isBox]', (event) => callbacks.current.onNode(event.target.id()));
    cy.on('tap', 'edge', (event) => callbacks.current.onEdge(event.target.id()));
    cy.on('dbltap', 'node[?isBox], node[?isCollapsed]', (event) => callbacks.current.onFold(event.target.id()));
    cy.on('cxttap', 'node[!isBox], edge', (event) => {
      const { clientX, clientY } = event.originalEvent;
      callbacks.current.onMenu(event.target.id(), { clientX, clientY });
    });
    cy.on('dragfree', 'node', () => remember(cy, places.current));
    return () => cy.destroy();
  }, []);

  useEffect(() => {
    core.current?.style(mapStyle());
    if (box.current !== null) box.current.dataset['scheme'] = scheme;
  }, [scheme]);

  // Data first, in place.
  useEffect(() => {
    const cy = core.current;
    if (cy === null) return;
    cy.batch(() => {
      const wanted = new Set([...nodes, ...edges].map(({ id }) => id));
      cy.elements()
        .filter((element) => !wanted.has(element.id()))
        .remove();
      for (const node of nodes) {
        const { parent, ...data } = node;
        const found = cy.getElementById(node.id);
        if (found.nonempty()) found.data(data);
        else
          cy.add({
            group: 'nodes',
            data: { ...data, ...(parent !== undefined && { parent }) },
            position: { ...(places.current[node.id] ?? { x: 0, y: 0 }) },
          });
      }
      for (const { from, to, ...data } of edges) {
        const found = cy.getElementById(data.id);
        if (found.nonempty()) found.data(data);
        else cy.add({ group: 'edges', data: { ...data, source: from, target: to } });
      }
    });
    brighten(cy, focus, marked);
  }, [nodes, edges, focus, marked]);

  const shape = nodes
    .map(({ id, isBox }) => (isBox ? '' : id))
    .toSorted()
    .join('\n');
  useEffect(() => {
    if (shape === '') return;
    return arrange(core.current, graph.current, places.current, () => callbacks.current.onArranged());
  }, [shape]);

  useImperativeHandle(handle, () => ({
    fit: () => fitAll(core.current),
    png: () => core.current?.png({ full: true, scale: 2, bg: getComputedStyle(document.body).backgroundColor }) ?? '',
    arrange: () => {
      places.current = {};
      arrange(core.current, graph.current, places.current, () => callbacks.current.onArranged());
    },
    positions: () => places.current,
  }));

  return (
    <div
      ref={box}
      className={classes['graph']}
      role="img"
      aria-label={label}
      onContextMenu={(event) => event.preventDefault()}
    />
  );
}

/** Pixels around the whole map. */
const MARGIN = 36;
/** A map of two services is not blown up to fill the screen. */
const LARGEST_FIT = 1.4;

function fitAll(cy: Core | null): void {
  cy?.fit(undefined, MARGIN);
  if (cy === null || cy.zoom() <= LARGEST_FIT) return;
  cy.zoom(LARGEST_FIT);
  cy.center();
}

/** Fades what is not near the focus, and shows the circle that is marked. */
function brighten(cy: Core, focus: string | null, marked: readonly string[]): void {
  cy.elements().removeClass('faded marked');
  const node = focus === null ? cy.collection() : cy.getElementById(focus);
  if (node.nonempty())
    cy.elements().difference(node.closedNeighborhood().union(node.ancestors())).not('node[?isBox]').addClass('faded');
  marked.forEach((id, at) => {
    const next = marked[(at + 1) % marked.length];
    cy.getElementById(id).addClass('marked');
    cy.getElementById(`${id} → ${next}`).addClass('marked');
  });
}

function remember(cy: Core, places: Record<string, Place>): void {
  for (const node of cy.nodes('[!isBox]').toArray()) places[node.id()] = { ...node.position() };
}

/** Finds places for nodes that have none. */
function arrange(
  cy: Core | null,
  { nodes, edges }: { readonly nodes: readonly DrawnNode[]; readonly edges: readonly DrawnEdge[] },
  places: Record<string, Place>,
  onArranged: () => void,
): (() => void) | undefined {
  if (cy === null || nodes.every(({ id, isBox }) => isBox || places[id] !== undefined)) return undefined;
  const isFirst = Object.keys(places).length === 0;
  return layoutInWorker(
    {
      nodes: nodes.map(({ id, parent, width }) => ({ id, parent, width })),
      edges: edges.map(({ from, to }) => ({ from, to })),
      known: places,
    },
    (answer) => {
      Object.assign(places, answer);
      cy.batch(() => {
        for (const [id, place] of Object.entries(answer)) cy.getElementById(id).position({ ...place });
      });
      if (isFirst) fitAll(cy);
      onArranged();
    },
  );
}
