/** Databases as programs use them, dissected beside tshark. */

import { raceTshark } from './beside-tshark.ts';
import { fieldsOf } from './port-race.ts';
import {
  MONGODB_PORT,
  MYSQL_PORT,
  mongodbCommands,
  mysqlStatements,
  POSTGRES_PORT,
  postgresTransactions,
  TDS_PORT,
  tdsStatements,
} from './sql-recordings.ts';

/** One protocol's capture: what counts its messages, and the fields of them that people list. */
function race(
  name: string,
  file: string,
  peer: { port: number; dissector: string; counted: string; fields: string },
): void {
  const { port, dissector, counted, fields } = peer;
  const decode = `-d tcp.port==${port},${dissector}`;
  const read = `tshark -n -r ${file} ${decode}`;
  const count = `${read} -q -z 'io,stat,0,COUNT(${counted})${counted}'`;
  const list = `${read} -Y ${dissector} -T fields ${fieldsOf(fields)}`;
  raceTshark({
    name,
    file,
    statistics: { peer: `io,stat of ${counted}`, command: count, aim: 10 },
    entries: { peer: '-T fields', command: list, aim: 10 },
    whole: { layers: dissector, decode },
  });
}

export async function postgres(): Promise<void> {
  race('postgres transactions', await postgresTransactions(), {
    port: POSTGRES_PORT,
    dissector: 'pgsql',
    counted: 'pgsql.type',
    fields: 'pgsql.type pgsql.query pgsql.statement pgsql.portal pgsql.tag pgsql.col.name pgsql.val.data pgsql.code',
  });
}

export async function mysql(): Promise<void> {
  race('mysql statements', await mysqlStatements(), {
    port: MYSQL_PORT,
    dissector: 'mysql',
    counted: 'mysql.command',
    fields:
      'mysql.command mysql.query mysql.affected_rows mysql.insert_id mysql.error_code mysql.row.text mysql.field.name',
  });
}

export async function tds(): Promise<void> {
  race('tds statements', await tdsStatements(), {
    port: TDS_PORT,
    dissector: 'tds',
    counted: 'tds.type',
    fields:
      'tds.type tds.query tds.rpc.name tds.rpc.parameter.value tds.type_varbyte.data.int tds.type_varbyte.data.string tds.colmetadata.colname tds.done.donerowcount64',
  });
}

export async function mongodb(): Promise<void> {
  const file = await mongodbCommands();
  if (file === undefined) {
    console.log('mongodb commands: skipped, there is no ferretdb on the PATH');
    return;
  }
  race('mongodb commands', file, {
    port: MONGODB_PORT,
    dissector: 'mongo',
    counted: 'mongo.opcode',
    fields: 'mongo.opcode mongo.request_id mongo.response_to mongo.element.name mongo.element.value.string',
  });
}
