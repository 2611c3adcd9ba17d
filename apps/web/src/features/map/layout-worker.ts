/** fcose on a headless graph; see layout.ts. */

import cytoscape from 'cytoscape';
import fcose from 'cytoscape-fcose';
import type { LayoutAnswer, LayoutRequest } from './layout.ts';

cytoscape.use(fcose);

/** Nodes that do not move are named to the layout only when most are known: else it may start over and find better. */
const KEEP_SHARE = 0.5;

function place({ nodes, edges, known }: LayoutRequest): LayoutAnswer {
  const graph = cytoscape({
    headless: true,
    styleEnabled: true,
    elements: {
      nodes: nodes.map(({ id, parent, width }) => ({
        data: { id, width, ...(parent !== undefined && { parent }) },
        ...(known[id] !== undefined && { position: { ...known[id] } }),
      })),
      edges: edges.map(({ from, to }, index) => ({ data: { id: `e${index}`, source: from, target: to } })),
    },
    style: [{ selector: 'node', style: { width: 'data(width)', height: 34 } }],
  });
  const leaves = nodes.filter(({ id }) => graph.getElementById(id).isChildless());
  const kept = leaves.filter(({ id }) => known[id] !== undefined);
  const keeps = kept.length > 0 && kept.length >= leaves.length * KEEP_SHARE;
  const options = {
    name: 'fcose',
    animate: false,
    quality: 'default',
    randomize: !keeps,
    nodeSeparation: 110,
    idealEdgeLength: 130,
    nodeRepulsion: 9000,
    padding: 30,
    ...(keeps && { fixedNodeConstraint: kept.map(({ id }) => ({ nodeId: id, position: known[id] })) }),
  };
  graph.layout(options as cytoscape.LayoutOptions).run();
  return Object.fromEntries(leaves.map(({ id }) => [id, { ...graph.getElementById(id).position() }]));
}

self.addEventListener('message', (event: MessageEvent<LayoutRequest>) => {
  self.postMessage(place(event.data));
});
