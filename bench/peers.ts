/**
 * Peers of networks and services that call each other, dissected beside tshark: as they talk all day, over connections that they keep, and
 * as the fixtures do, a handful of calls from each of very many clients.
 */

import { raceTshark } from './beside-tshark.ts';
import { DIAMETER_PORT, diameterCharges, dubboOrders, RADIUS_PORTS, radiusSessions } from './peer-recordings.ts';
import { fieldsOf, race } from './port-race.ts';
import { repeated } from './repeated.ts';

const TIMES = 20_000;
/** Of the fixture. */
const RADIUS_FIXTURE_PORTS = [21_812, 21_813];

export async function diameter(): Promise<void> {
  const fields = 'diameter.cmd.code diameter.hopbyhopid diameter.Session-Id diameter.Origin-Host diameter.Result-Code';
  const peer = { port: DIAMETER_PORT, dissector: 'diameter', fields };
  race('diameter charges', { file: await diameterCharges(), ...peer });
  race('diameter sessions', { file: repeated('diameter/sessions', TIMES), ...peer });
}

export async function radius(): Promise<void> {
  raceRadius('radius sessions', await radiusSessions(), Object.values(RADIUS_PORTS));
  raceRadius('radius logins', repeated('radius/logins', TIMES), RADIUS_FIXTURE_PORTS);
}

function raceRadius(name: string, file: string, ports: readonly number[]): void {
  const decode = ports.map((port) => `-d udp.port==${port},radius`).join(' ');
  const fields = 'udp.srcport udp.dstport radius.code radius.id radius.User_Name radius.Reply_Message';
  const each = `-Y radius -T fields ${fieldsOf(fields)}`;
  raceTshark({
    name,
    file,
    statistics: { peer: '-z io,phs', command: `tshark -n -q -r ${file} ${decode} -z io,phs`, aim: 10 },
    entries: { peer: '-T fields', command: `tshark -n -r ${file} ${decode} ${each}`, aim: 10 },
    whole: { layers: 'radius', decode },
  });
}

export async function dubbo(): Promise<void> {
  raceDubbo('dubbo orders', await dubboOrders());
  raceDubbo('dubbo shop', repeated('dubbo/shop', TIMES));
}

/** tshark does not read Dubbo: what it does with the packets of a protocol it does not know. */
function raceDubbo(name: string, file: string): void {
  const each = `-Y tcp.payload -T fields ${fieldsOf('tcp.payload')}`;
  raceTshark({
    name,
    file,
    statistics: { peer: '-z io,phs', command: `tshark -n -q -r ${file} -z io,phs`, aim: 10 },
    entries: { peer: '-T fields', command: `tshark -n -r ${file} ${each}`, aim: 10 },
    whole: { layers: 'tcp' },
  });
}
