/** What a connection goes on in after 101 Switching Protocols, or in a tunnel (RFC 9110 §7.8, §9.3.6). */

import type { ProtocolId } from '@kubeshark/model';
import type { HttpCall } from '../../http/call.ts';

export interface Upgrade {
  readonly protocol: ProtocolId | 'unknown';
  /** Fields that the next protocol begins with. */
  readonly parameters: Readonly<Record<string, string>>;
}

export function upgradeOf({ request, response }: HttpCall): Upgrade {
  const fields = response?.head.fields();
  const to = fields?.list('upgrade')[0] ?? '';
  const parameters: Record<string, string> = {};
  for (const name of ['Sec-WebSocket-Extensions', 'Sec-WebSocket-Protocol']) {
    const value = fields?.first(name.toLowerCase());
    if (value !== undefined) parameters[name] = value;
  }
  const settings = request?.head.fields().first('http2-settings');
  if (settings !== undefined) parameters['HTTP2-Settings'] = settings;
  const protocol = to === 'websocket' ? 'ws' : to === 'h2c' ? 'http2' : 'unknown';
  return { protocol, parameters };
}

/** Its answer comes in HTTP/2 (RFC 7540 §3.2). */
export function goesOnAsHttp2({ request, response }: HttpCall): boolean {
  return request?.complete === true && response?.head.fields().list('upgrade')[0] === 'h2c';
}
