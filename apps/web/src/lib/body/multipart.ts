/** multipart/* bodies (RFC 2046 §5.1, RFC 7578): the boundary is taken from the first line, as the header may be missing. */

export interface Part {
  readonly name: string;
  /** As the sender names the file; absent when the part is not one. */
  readonly fileName?: string;
  readonly mime?: string;
  readonly headers: readonly (readonly [string, string])[];
  /** Bytes of the part. */
  readonly size: number;
  /** The part as text; absent when it is not text. */
  readonly text?: string;
}

/** More parts than any form has; a hostile body must not make a page of a million rows. */
const MAX_PARTS = 1000;

const utf8 = new TextDecoder('utf-8', { fatal: true });
const latin1 = new TextDecoder('latin1');
const DISPOSITION_NAME = /\bname="((?:[^"\\]|\\.)*)"|\bname=([^\s;]+)/; // form-data; name="file"; filename="a.png"
const FILE_NAME = /\bfilename="((?:[^"\\]|\\.)*)"|\bfilename=([^\s;]+)/;

/** The parts in order; null when the body does not begin with a boundary. */
export function readMultipart(bytes: Uint8Array): readonly Part[] | null {
  // Latin-1 keeps one character a byte, so positions in the text are positions in the bytes.
  const raw = latin1.decode(bytes);
  const boundary = /^(?:\r?\n)*(--[^\r\n]{1,200})\r?\n/.exec(raw)?.[1];
  if (boundary === undefined) return null;
  const parts: Part[] = [];
  let at = raw.indexOf(boundary);
  while (at >= 0 && parts.length < MAX_PARTS) {
    const start = at + boundary.length;
    if (raw.startsWith('--', start)) break;
    const next = raw.indexOf(`\n${boundary}`, start);
    const end = next < 0 ? raw.length : next;
    const part = readPart(raw, bytes, { start, end });
    if (part !== null) parts.push(part);
    at = next < 0 ? -1 : next + 1;
  }
  return parts;
}

function readPart(
  raw: string,
  bytes: Uint8Array,
  { start, end }: { readonly start: number; readonly end: number },
): Part | null {
  const lineEnd = raw.indexOf('\n', start);
  if (lineEnd < 0 || lineEnd >= end) return null;
  // The empty line after the headers may directly follow the boundary line.
  const gap = /\r?\n\r?\n/g;
  gap.lastIndex = lineEnd - (raw[lineEnd - 1] === '\r' ? 1 : 0);
  const blank = gap.exec(raw);
  if (blank === null || blank.index > end) return null;
  const headers = raw
    .slice(lineEnd + 1, blank.index)
    .split(/\r?\n/)
    .filter((line) => line.includes(':'))
    .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()] as const);
  const bodyStart = blank.index + blank[0].length;
  const bodyEnd = Math.max(bodyStart, raw[end - 1] === '\r' ? end - 1 : end);
  const content = bytes.subarray(bodyStart, bodyEnd);
  const header = (wanted: string) => headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
  const disposition = header('content-disposition') ?? '';
  const name = DISPOSITION_NAME.exec(disposition);
  const file = FILE_NAME.exec(disposition);
  const fileName = file?.[1] ?? file?.[2];
  const mime = header('content-type');
  const part = {
    name: name?.[1] ?? name?.[2] ?? '',
    ...(fileName !== undefined && { fileName }),
    ...(mime !== undefined && { mime }),
    headers,
    size: content.length,
  };
  try {
    return { ...part, text: utf8.decode(content) };
  } catch {
    // Not UTF-8: a file; its size is shown.
    return part;
  }
}
