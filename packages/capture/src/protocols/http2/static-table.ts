/** HPACK's static table (RFC 7541 Appendix A), by index from 1. */

import { HeaderField } from './header-field.ts';
import { headerName } from './header-name.ts';

/** A field of text that stands nowhere. */
export function fieldOf(name: string, value: string): HeaderField {
  return new HeaderField(headerName(name), { bytes: Buffer.from(value, 'latin1'), start: 0, end: value.length });
}

export const staticTable: readonly HeaderField[] = `
:authority|:method GET|:method POST|:path /|:path /index.html|:scheme http|:scheme https|:status 200|:status 204|:status 206
:status 304|:status 400|:status 404|:status 500|accept-charset|accept-encoding gzip, deflate|accept-language|accept-ranges|accept
access-control-allow-origin|age|allow|authorization|cache-control|content-disposition|content-encoding|content-language
content-length|content-location|content-range|content-type|cookie|date|etag|expect|expires|from|host|if-match
if-modified-since|if-none-match|if-range|if-unmodified-since|last-modified|link|location|max-forwards|proxy-authenticate
proxy-authorization|range|referer|refresh|retry-after|server|set-cookie|strict-transport-security|transfer-encoding|user-agent
vary|via|www-authenticate`
  .trim()
  .split(/[|\n]/)
  .map((line) => {
    const space = line.indexOf(' ');
    return space < 0 ? fieldOf(line, '') : fieldOf(line.slice(0, space), line.slice(space + 1));
  });
