/**
 * A real ClickHouse server for tests, out of chDB's library: its local server can listen when it is started through the
 * library's command line entry, which needs a process of its own. Arguments are passed on; `--path` and ports are among
 * them. It runs until it is killed.
 */

import { createRequire } from 'node:module';
import path from 'node:path';
import { DataType, load, open } from 'ffi-rs';

const requireOfStore = createRequire(import.meta.url);
const requireOfChdb = createRequire(requireOfStore.resolve('chdb'));
const flavour = process.platform === 'linux' ? `linux-${process.arch}-gnu` : `${process.platform}-${process.arch}`;
const library = path.join(path.dirname(requireOfChdb.resolve(`@chdb/lib-${flavour}/package.json`)), 'libchdb.so');

const listen = `
SYSTEM START LISTEN HTTP;
SYSTEM START LISTEN TCP;
SELECT sleepEachRow(1) FROM numbers(1000000) SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0 FORMAT Null`;
const args = ['clickhouse', ...process.argv.slice(2), '--listen_host=127.0.0.1', '--query', listen];

open({ library: 'chdb', path: library });
load({
  library: 'chdb',
  funcName: 'chdb_query_cmdline',
  retType: DataType.External,
  paramsType: [DataType.I32, DataType.StringArray],
  paramsValue: [args.length, args],
});
process.stderr.write(`the test server did not stay up; its arguments: ${args.join(' ')}\n`);
process.exitCode = 1;
