/** A JSON-like tree: opens and closes, searches, copies paths, and filters by any value in it. */

import { ActionIcon, TextInput, Tooltip } from '@mantine/core';
import { IconArrowDown, IconArrowsMaximize, IconArrowUp, IconFold, IconSearch } from '@tabler/icons-react';
import { type MouseEvent, useMemo, useState } from 'react';
import { flatten, formatPath, pathKey, search, type TreeLine, type TreeNode } from '../../lib/body/tree.ts';
import { copyText, openValueMenu } from '../value-menu.tsx';
import { LineList } from './line-list.tsx';
import classes from './viewers.module.css';

/** Lines laid out at once; a larger tree says so and is read piece by piece. */
const MAX_LINES = 100_000;
const MAX_HITS = 1000;
/** Levels open at first: enough to see the shape. */
const OPEN_DEPTH = 3;

interface TreeViewProps {
  readonly root: TreeNode;
  readonly label: string;
  /** KFL expression of the root (`request.body.json()`), for click-to-filter; without it values are only copied. */
  readonly field?: string | undefined;
}

export function TreeView({ root, label, field }: TreeViewProps) {
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [openDepth, setOpenDepth] = useState(OPEN_DEPTH);
  const [needle, setNeedle] = useState('');
  const [hit, setHit] = useState(0);
  const hits = useMemo(() => search(root, needle, MAX_HITS), [root, needle]);
  const current = hits[hit % Math.max(1, hits.length)];

  const { lines, complete } = useMemo(() => {
    const opened = new Set<string>();
    for (let length = 0; current !== undefined && length < current.length; length += 1) {
      opened.add(pathKey(current.slice(0, length)));
    }
    const isOpen = (path: readonly string[], depth: number) => {
      const key = pathKey(path);
      return opened.has(key) || (toggled.get(key) ?? depth < openDepth);
    };
    return flatten(root, isOpen, MAX_LINES);
  }, [root, toggled, openDepth, current]);

  const hitKeys = useMemo(() => new Set(hits.map(pathKey)), [hits]);
  const currentKey = current === undefined ? null : pathKey(current);
  const reveal = currentKey === null ? undefined : lines.findIndex(({ path }) => pathKey(path) === currentKey);
  const setAll = (depth: number) => {
    setToggled(new Map());
    setOpenDepth(depth);
  };
  const toggle = ({ path, open }: TreeLine) => setToggled(new Map(toggled).set(pathKey(path), !open));

  return (
    <div>
      <div className={classes['bar']}>
        <TextInput
          size="xs"
          w={200}
          placeholder="Search names and values"
          aria-label="Search in the tree"
          leftSection={<IconSearch size={13} />}
          value={needle}
          onChange={(event) => {
            setNeedle(event.currentTarget.value);
            setHit(0);
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter')
              setHit((at) => (at + (event.shiftKey ? hits.length - 1 : 1)) % Math.max(1, hits.length));
          }}
        />
        {needle !== '' && (
          <>
            <span className="tabular">
              {hits.length === 0 ? 'nothing' : `${(hit % hits.length) + 1} of ${hits.length}`}
            </span>
            <ActionIcon size="sm" aria-label="Previous hit" onClick={() => setHit((at) => at + hits.length - 1)}>
              <IconArrowUp size={13} />
            </ActionIcon>
            <ActionIcon size="sm" aria-label="Next hit" onClick={() => setHit((at) => at + 1)}>
              <IconArrowDown size={13} />
            </ActionIcon>
          </>
        )}
        <span className={classes['spacer']} />
        {!complete && <span>first {MAX_LINES.toLocaleString('en-US')} lines</span>}
        <Tooltip label="Open all">
          <ActionIcon size="sm" aria-label="Open all" onClick={() => setAll(Number.POSITIVE_INFINITY)}>
            <IconArrowsMaximize size={13} />
          </ActionIcon>
        </Tooltip>
        <Tooltip label="Close all">
          <ActionIcon size="sm" aria-label="Close all" onClick={() => setAll(1)}>
            <IconFold size={13} />
          </ActionIcon>
        </Tooltip>
      </div>
      <LineList
        count={lines.length}
        label={label}
        reveal={reveal}
        lineClass={(index) => {
          const key = pathKey(lines[index]!.path);
          return key === currentKey ? classes['current'] : hitKeys.has(key) ? classes['found'] : undefined;
        }}
        line={(index) => <Line line={lines[index]!} field={field} onToggle={toggle} />}
      />
    </div>
  );
}

interface LineProps {
  readonly line: TreeLine;
  readonly field: string | undefined;
  readonly onToggle: (line: TreeLine) => void;
}

function Line({ line, field, onToggle }: LineProps) {
  const { node, depth, key, open, path, isIndex } = line;
  const isContainer = node.members !== undefined;
  const steps = path.map((step) => ({ key: step, isIndex: /^\d+$/.test(step) }));
  const expression = field === undefined || path.length === 0 ? field : `${field}${joined(formatPath(steps))}`;
  return (
    <span style={{ paddingLeft: depth * 16 }}>
      {isContainer && node.members.length > 0 ? (
        <button
          type="button"
          className={classes['twist']}
          aria-expanded={open}
          aria-label={`${open ? 'Close' : 'Open'} ${key ?? 'the root'}`}
          onClick={() => onToggle(line)}
        >
          {open ? '▾' : '▸'}
        </button>
      ) : (
        <span className={classes['leaf']} />
      )}
      {key !== null && (
        <>
          <button
            type="button"
            className={classes['treeKey']}
            title="Copy the path"
            onClick={() => void copyText(formatPath(steps), 'Path copied')}
          >
            {isIndex ? <span className="dim">{key}</span> : key}
          </button>
          <span className="dim">: </span>
        </>
      )}
      {isContainer ? (
        <span className="dim">{sizeOf(node, open)}</span>
      ) : (
        <button
          type="button"
          className={`${classes['treeValue']} ${classes[inkOf(node)] ?? ''}`}
          title={expression === undefined ? 'Copy the value' : 'Filter by this value'}
          onClick={(event: MouseEvent<HTMLElement>) => {
            const value = plainOf(node);
            if (expression === undefined || node.kind === 'bytes') void copyText(node.text);
            else openValueMenu(event, { field: expression, value });
          }}
        >
          {node.kind === 'string' ? JSON.stringify(node.text) : node.text}
        </button>
      )}
      {node.note !== undefined && <span className={classes['note']}>{node.note}</span>}
    </span>
  );
}

/** A path after an expression: `.a`, `[0]`, `["b c"]`. */
const joined = (path: string): string => (path.startsWith('[') ? path : `.${path}`);

const inkOf = (node: TreeNode): string =>
  ({
    string: 'string',
    bytes: 'comment',
    number: 'number_ink',
    boolean: 'keyword',
    null: 'keyword',
    object: '',
    array: '',
  })[node.kind];

const plainOf = (node: TreeNode): string | number | boolean | null =>
  node.kind === 'null'
    ? null
    : node.kind === 'boolean'
      ? node.text === 'true'
      : node.kind === 'number'
        ? Number(node.text)
        : node.text;

function sizeOf({ kind, members }: TreeNode, open: boolean): string {
  const count = members?.length ?? 0;
  const [left, right] = kind === 'array' ? ['[', ']'] : ['{', '}'];
  if (count === 0) return left + right;
  return open
    ? left
    : `${left} ${count} ${kind === 'array' ? (count === 1 ? 'item' : 'items') : count === 1 ? 'name' : 'names'} ${right}`;
}
