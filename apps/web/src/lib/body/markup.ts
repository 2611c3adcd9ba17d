/** XML and HTML with one element a line. A formatter for reading, not a parser: text it does not understand stays as it is. */

/** Longer documents are shown as they came: indenting is for reading, and nobody reads that much. */
const MAX_MARKUP = 2_000_000;

const TOKEN = /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<[?!/]?[A-Za-z_][^<>]*>|[^<]+|</g;
const VOID = new Set('area base br col embed hr img input link meta param source track wbr'.split(' '));
// Inside these, white space is content.
const VERBATIM = /^<(script|style|pre|textarea)\b/i;

/** `<a><b>x</b></a>` becomes three indented lines; an element that holds only text stays on one. */
export function indentMarkup(text: string, kind: 'xml' | 'html'): string {
  if (text.length > MAX_MARKUP) return text;
  const tokens = text.match(TOKEN) ?? [];
  const lines: string[] = [];
  let depth = 0;
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index]!;
    if (token.trim() === '') continue;
    const indent = '  '.repeat(depth);
    if (token.startsWith('</')) {
      depth = Math.max(0, depth - 1);
      lines.push('  '.repeat(depth) + token);
      continue;
    }
    const name = /^<([A-Za-z_][^\s/>]*)/.exec(token)?.[1];
    if (name === undefined || token.endsWith('/>') || (kind === 'html' && VOID.has(name.toLowerCase()))) {
      lines.push(indent + token.trim());
      continue;
    }
    if (kind === 'html' && VERBATIM.test(token)) {
      const close = tokens.findIndex(
        (later, at) => at > index && later.toLowerCase().startsWith(`</${name.toLowerCase()}`),
      );
      const last = close < 0 ? tokens.length - 1 : close;
      lines.push(...(indent + tokens.slice(index, last + 1).join('')).split('\n'));
      index = last;
      continue;
    }
    const [content, close] = [tokens[index + 1], tokens[index + 2]];
    if (content?.startsWith(`</${name}`)) {
      lines.push(indent + token + content);
      index += 1;
    } else if (content !== undefined && !content.startsWith('<') && close?.startsWith(`</${name}`)) {
      lines.push(indent + token + content.trim() + close);
      index += 2;
    } else {
      lines.push(indent + token);
      depth += 1;
    }
  }
  return lines.join('\n');
}
