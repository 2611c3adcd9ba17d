/** How the map looks, in the colours of the theme at the moment it is drawn. */

import type { StylesheetJson } from 'cytoscape';

const token = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export function mapStyle(): StylesheetJson {
  const [text, dim, panel, border, accent, error, warn] = [
    '--text',
    '--text-dim',
    '--panel',
    '--border-strong',
    '--accent',
    '--error',
    '--warn',
  ].map(token) as [string, string, string, string, string, string, string];
  const font = 'Inter Variable, sans-serif';
  return [
    {
      selector: 'node[!isBox]',
      style: {
        width: 'data(width)',
        height: 34,
        shape: 'round-rectangle',
        'background-color': panel,
        'border-width': 1.5,
        'border-color': border,
        label: 'data(label)',
        color: text,
        'font-family': font,
        'font-size': 12,
        'text-valign': 'center',
        'text-wrap': 'ellipsis',
        'text-max-width': '190px',
      },
    },
    { selector: 'node[errorRate > 0.01]', style: { 'border-color': warn } },
    { selector: 'node[errorRate > 0.05]', style: { 'border-color': error } },
    { selector: 'node[kind = "external"]', style: { shape: 'round-tag', 'border-style': 'dashed', color: dim } },
    { selector: 'node[?isCollapsed]', style: { shape: 'cut-rectangle', 'font-weight': 600 } },
    {
      selector: 'node[?isBox]',
      style: {
        shape: 'round-rectangle',
        'background-color': accent,
        'background-opacity': 0.04,
        'border-width': 1,
        'border-color': border,
        label: 'data(label)',
        color: dim,
        'font-family': font,
        'font-size': 11,
        'font-weight': 600,
        'text-valign': 'top',
        'text-halign': 'center',
        'text-margin-y': -4,
        padding: '20px',
      },
    },
    {
      selector: 'edge',
      style: {
        width: 'data(width)',
        'line-color': dim,
        'line-opacity': 0.55,
        'target-arrow-color': dim,
        'target-arrow-shape': 'triangle',
        'arrow-scale': 0.9,
        'curve-style': 'bezier',
        'control-point-step-size': 36,
        // Calls to itself stand on top, where no other call arrives.
        'loop-direction': '0deg',
        'loop-sweep': '50deg',
        label: 'data(label)',
        color: text,
        'font-family': font,
        'font-size': 10,
        'text-background-color': panel,
        'text-background-opacity': 0.9,
        'text-background-padding': '2px',
        'text-background-shape': 'roundrectangle',
      },
    },
    {
      selector: 'edge[errorRate > 0.01]',
      style: { 'line-color': warn, 'target-arrow-color': warn, 'line-opacity': 0.8 },
    },
    {
      selector: 'edge[errorRate > 0.05]',
      style: { 'line-color': error, 'target-arrow-color': error, 'line-opacity': 0.8 },
    },
    { selector: '.faded', style: { opacity: 0.15 } },
    {
      selector: '.marked',
      style: {
        'border-color': accent,
        'border-width': 3,
        'line-color': accent,
        'target-arrow-color': accent,
        'line-opacity': 1,
      },
    },
    { selector: 'node:selected', style: { 'border-color': accent, 'border-width': 2.5 } },
    { selector: 'edge:selected', style: { 'line-color': accent, 'target-arrow-color': accent, 'line-opacity': 1 } },
  ];
}
