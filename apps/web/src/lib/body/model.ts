/** From a captured body to what a viewer draws: pure, so that it runs in the page for small bodies and in a worker for big ones. */

import type { Body } from '@kubeshark/model';
import { parseJson, readJson } from './json.ts';
import { indentMarkup } from './markup.ts';
import { readMsgpack } from './msgpack.ts';
import { type Part, readMultipart } from './multipart.ts';
import { readGrpcFrames, readProtobuf } from './protobuf.ts';
import { container, type TreeNode, toJson } from './tree.ts';

export type BodyViewer =
  | 'json'
  | 'graphql'
  | 'xml'
  | 'html'
  | 'form'
  | 'multipart'
  | 'events'
  | 'protobuf'
  | 'msgpack'
  | 'image'
  | 'text'
  | 'hex';

export type TextLanguage = 'text' | 'xml' | 'graphql' | 'sql' | 'json' | 'css' | 'script';

export type BodyModel =
  | { readonly kind: 'tree'; readonly root: TreeNode; readonly complete: boolean }
  | { readonly kind: 'text'; readonly text: string; readonly language: TextLanguage }
  | { readonly kind: 'pairs'; readonly pairs: readonly (readonly [string, string])[] }
  | { readonly kind: 'parts'; readonly parts: readonly Part[] }
  | { readonly kind: 'events'; readonly events: readonly EventRow[] }
  | {
      readonly kind: 'graphql';
      readonly query: string;
      readonly operation: string;
      readonly variables: TreeNode | null;
    }
  | { readonly kind: 'image'; readonly url: string }
  | { readonly kind: 'hex'; readonly bytes: Uint8Array }
  | { readonly kind: 'fault'; readonly reason: string };

interface EventRow {
  readonly name: string;
  readonly text: string;
}

/** Bodies above this many characters are read only when asked for, in a worker: formatting them takes more than a frame. */
export const BIG_BODY = 300_000;

/** Every viewer, in the order of the menu. */
export const bodyViewers: readonly { readonly id: BodyViewer; readonly label: string }[] = [
  { id: 'json', label: 'JSON' },
  { id: 'graphql', label: 'GraphQL' },
  { id: 'xml', label: 'XML' },
  { id: 'html', label: 'HTML' },
  { id: 'form', label: 'Form' },
  { id: 'multipart', label: 'Multipart' },
  { id: 'events', label: 'Events' },
  { id: 'protobuf', label: 'Protobuf' },
  { id: 'msgpack', label: 'MessagePack' },
  { id: 'image', label: 'Image' },
  { id: 'text', label: 'Text' },
  { id: 'hex', label: 'Hex' },
];

const byMime: readonly (readonly [RegExp, BodyViewer])[] = [
  [/[/+]graphql$/, 'graphql'],
  [/event-stream|ndjson|jsonl|json-seq/, 'events'],
  [/[/+]json/, 'json'],
  [/^application\/(grpc|protobuf|x-protobuf|vnd\.google\.protobuf)/, 'protobuf'],
  [/msgpack/, 'msgpack'],
  [/^image\/svg/, 'xml'],
  [/^image\//, 'image'],
  [/html/, 'html'],
  [/xml/, 'xml'],
  [/x-www-form-urlencoded/, 'form'],
  [/^multipart\//, 'multipart'],
];

/** The viewer that fits a body best, by media type first and content second. */
export function chooseViewer(body: Body): BodyViewer {
  const { mime = '', text } = body;
  if (text !== undefined && /json/.test(mime) && looksLikeGraphql(text)) return 'graphql';
  for (const [pattern, viewer] of byMime) if (pattern.test(mime)) return viewer;
  if (text === undefined) return 'hex';
  const start = text.slice(0, 200).trimStart();
  if (/^[[{]/.test(start)) return 'json';
  if (/^<(!doctype html|html)/i.test(start)) return 'html';
  if (/^<[?a-z]/i.test(start)) return 'xml';
  return 'text';
}

const looksLikeGraphql = (text: string): boolean =>
  /^\s*\{\s*"(?:query|operationName|variables)"\s*:/.test(text) &&
  /"query"\s*:\s*"\s*(?:query|mutation|subscription|fragment|\{)/.test(text);

/** Number of characters or bytes a viewer would have to read. */
export const bodyLength = (body: Body): number => body.text?.length ?? body.base64?.length ?? 0;

const encoder = new TextEncoder();

/** The kept bytes of a body. */
export function bytesOf(body: Body): Uint8Array {
  if (body.base64 === undefined) return encoder.encode(body.text ?? '');
  try {
    return Uint8Array.from(atob(body.base64), (character) => character.charCodeAt(0));
  } catch {
    // Not base64 after all: nothing to show.
    return new Uint8Array();
  }
}

const textOf = (body: Body): string => body.text ?? new TextDecoder().decode(bytesOf(body));

/** Reads `body` the way `viewer` wants it; a body that does not fit says why. */
export function readBody(body: Body, viewer: BodyViewer): BodyModel {
  switch (viewer) {
    case 'json': {
      const result = parseJson(textOf(body));
      if (result.ok) return { kind: 'tree', root: result.root, complete: true };
      return { kind: 'fault', reason: `Not JSON at character ${result.at}: ${result.fault}` };
    }
    case 'graphql':
      return readGraphql(textOf(body));
    case 'xml':
    case 'html':
      return { kind: 'text', text: indentMarkup(textOf(body), viewer), language: 'xml' };
    case 'form':
      return { kind: 'pairs', pairs: [...new URLSearchParams(textOf(body))] };
    case 'multipart': {
      const parts = readMultipart(bytesOf(body));
      return parts === null ? { kind: 'fault', reason: 'No part boundary found' } : { kind: 'parts', parts };
    }
    case 'events':
      return { kind: 'events', events: readEvents(textOf(body)) };
    case 'protobuf': {
      const bytes = bytesOf(body);
      const root = readGrpcFrames(bytes) ?? readProtobuf(bytes);
      if (root === null) return { kind: 'fault', reason: 'Not a protocol buffer message' };
      return { kind: 'tree', root, complete: body.truncated !== true };
    }
    case 'msgpack': {
      const root = readMsgpack(bytesOf(body));
      return root === null ? { kind: 'fault', reason: 'Not MessagePack' } : { kind: 'tree', root, complete: true };
    }
    case 'image': {
      const base64 = body.base64 ?? btoa(String.fromCharCode(...bytesOf(body).subarray(0, BIG_BODY)));
      return { kind: 'image', url: `data:${body.mime ?? 'image/png'};base64,${base64}` };
    }
    case 'text':
      return { kind: 'text', text: textOf(body), language: languageOf(body.mime ?? '') };
    case 'hex':
      return { kind: 'hex', bytes: bytesOf(body) };
  }
}

function languageOf(mime: string): TextLanguage {
  if (/javascript|ecmascript|typescript/.test(mime)) return 'script';
  if (/css/.test(mime)) return 'css';
  if (/json/.test(mime)) return 'json';
  if (/xml|html/.test(mime)) return 'xml';
  if (/sql/.test(mime)) return 'sql';
  return 'text';
}

function readGraphql(text: string): BodyModel {
  const result = parseJson(text);
  if (!result.ok) return { kind: 'graphql', query: text, operation: '', variables: null };
  // A batch is an array of operations: the first is shown whole, all of them are in the JSON viewer.
  const root = result.root.kind === 'array' ? result.root.members?.[0]?.node : result.root;
  const member = (key: string) => root?.members?.find((candidate) => candidate.key === key)?.node;
  const variables = member('variables');
  return {
    kind: 'graphql',
    query: member('query')?.text ?? '',
    operation: member('operationName')?.text ?? '',
    variables: variables === undefined || variables.kind === 'null' ? null : variables,
  };
}

/** Stands before each value of a JSON text sequence (RFC 7464). */
const RECORD_SEPARATOR = '\u001e';

/** Server-sent events (html.spec.whatwg.org, 9.2.6), else one JSON value or line of text a row. */
function readEvents(text: string): readonly EventRow[] {
  if (!/^(?:data|event|id|retry|):/m.test(text)) {
    return text
      .replaceAll(RECORD_SEPARATOR, '\n')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .map((line, index) => ({ name: String(index + 1), text: line }));
  }
  const rows: EventRow[] = [];
  for (const block of text.split(/\r?\n\r?\n/)) {
    let name = 'message';
    const data: string[] = [];
    for (const line of block.split(/\r?\n/)) {
      const colon = line.indexOf(':');
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (field === 'event') name = value;
      if (field === 'data') data.push(value);
    }
    if (data.length > 0) rows.push({ name, text: data.join('\n') });
  }
  return rows;
}

/** One event's text as a tree when it is JSON. */
export function eventTree(text: string): TreeNode | null {
  const result = readJson(text);
  return result.ok && result.end === text.length ? result.root : null;
}

/** The text a person gets from "copy" in a viewer. */
export function copyText(model: BodyModel): string {
  switch (model.kind) {
    case 'tree':
      return toJson(model.root);
    case 'text':
      return model.text;
    case 'pairs':
      return model.pairs.map(([name, value]) => `${name}=${value}`).join('\n');
    case 'parts':
      return model.parts.map((part) => `${part.name}: ${part.text ?? `${part.size} bytes`}`).join('\n');
    case 'events':
      return model.events.map((event) => event.text).join('\n');
    case 'graphql':
      return `${model.query}\n\n${toJson(model.variables ?? container('object', []))}`;
    case 'image':
      return model.url;
    case 'hex':
      return Array.from(model.bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
    case 'fault':
      return '';
  }
}
