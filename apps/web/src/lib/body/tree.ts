/** What JSON, msgpack and protobuf bodies have in common: a tree whose numbers keep the digits they came with. */

export type TreeKind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null' | 'bytes';

export interface TreeNode {
  readonly kind: TreeKind;
  /** The source digits of a number, the text of a string, `true`; empty for containers. */
  readonly text: string;
  /** Members of a container, in order. */
  readonly members?: readonly TreeMember[];
  /** What a format knows beside the value: `varint`, `timestamp`. */
  readonly note?: string;
}

export interface TreeMember {
  readonly key: string;
  readonly node: TreeNode;
}

export const leaf = (kind: TreeKind, text: string, note?: string): TreeNode =>
  note === undefined ? { kind, text } : { kind, text, note };

export const container = (kind: 'object' | 'array', members: readonly TreeMember[], note?: string): TreeNode =>
  note === undefined ? { kind, text: '', members } : { kind, text: '', members, note };

/** One visible line of a tree. */
export interface TreeLine {
  /** Keys from the root; the line's identity. */
  readonly path: readonly string[];
  readonly depth: number;
  /** The member's name; null for the root and for closing brackets. */
  readonly key: string | null;
  readonly node: TreeNode;
  readonly open: boolean;
  /** Position in an array, which is shown differently from a name. */
  readonly isIndex: boolean;
}

/** The key under which a path is remembered as opened or closed. */
export const pathKey = (path: readonly string[]): string => path.join('\u0000');

/**
 * The lines of a tree as it is opened now, at most `limit`: a body of a million members must not be laid out to show
 * its first screen.
 */
export function flatten(root: TreeNode, isOpen: (path: readonly string[], depth: number) => boolean, limit: number) {
  const lines: TreeLine[] = [];
  const walk = (line: Omit<TreeLine, 'open'>): boolean => {
    if (lines.length >= limit) return false;
    const { members, kind } = line.node;
    const open = members !== undefined && members.length > 0 && isOpen(line.path, line.depth);
    lines.push({ ...line, open });
    if (!open) return true;
    for (const { key, node } of members) {
      const child = { path: [...line.path, key], depth: line.depth + 1, key, node, isIndex: kind === 'array' };
      if (!walk(child)) return false;
    }
    return true;
  };
  const complete = walk({ path: [], depth: 0, key: null, node: root, isIndex: false });
  return { lines, complete };
}

/** Paths whose key or value contains `needle` (case ignored), in order, at most `limit`. */
export function search(root: TreeNode, needle: string, limit: number): readonly (readonly string[])[] {
  const wanted = needle.toLowerCase();
  const found: (readonly string[])[] = [];
  const walk = (node: TreeNode, path: readonly string[]): void => {
    if (found.length >= limit) return;
    const key = path.at(-1) ?? '';
    if (key.toLowerCase().includes(wanted) || node.text.toLowerCase().includes(wanted)) found.push(path);
    for (const member of node.members ?? []) walk(member.node, [...path, member.key]);
  };
  if (wanted !== '') walk(root, []);
  return found;
}

/** The value back as JSON text, numbers with their own digits. */
export function toJson(node: TreeNode, indent = ''): string {
  const inner = `${indent}  `;
  switch (node.kind) {
    case 'object':
      if (!node.members?.length) return '{}';
      return `{\n${node.members.map(({ key, node: value }) => `${inner}${JSON.stringify(key)}: ${toJson(value, inner)}`).join(',\n')}\n${indent}}`;
    case 'array':
      if (!node.members?.length) return '[]';
      return `[\n${node.members.map(({ node: value }) => inner + toJson(value, inner)).join(',\n')}\n${indent}]`;
    case 'string':
    case 'bytes':
      return JSON.stringify(node.text);
    case 'number':
    case 'boolean':
    case 'null':
      return node.text;
  }
}

/** A path as KFL and JavaScript write it: `items[0].price`, `["odd name"].x`. */
export function formatPath(path: readonly { readonly key: string; readonly isIndex: boolean }[]): string {
  return path
    .map(({ key, isIndex }, position) => {
      if (isIndex) return `[${key}]`;
      if (!/^[A-Za-z_]\w*$/.test(key)) return `[${JSON.stringify(key)}]`;
      return position === 0 ? key : `.${key}`;
    })
    .join('');
}
