/** Numbers of the protocol by name: commands, capabilities, status flags, types of columns. */

/** include/my_command.h; the last two are MariaDB's. */
export const commandNames: ReadonlyMap<number, string> = new Map([
  [0x01, 'QUIT'],
  [0x02, 'INIT DB'],
  [0x03, 'QUERY'],
  [0x04, 'FIELD LIST'],
  [0x05, 'CREATE DB'],
  [0x06, 'DROP DB'],
  [0x07, 'REFRESH'],
  [0x08, 'SHUTDOWN'],
  [0x09, 'STATISTICS'],
  [0x0a, 'PROCESS INFO'],
  [0x0b, 'CONNECT'],
  [0x0c, 'PROCESS KILL'],
  [0x0d, 'DEBUG'],
  [0x0e, 'PING'],
  [0x0f, 'TIME'],
  [0x10, 'DELAYED INSERT'],
  [0x11, 'CHANGE USER'],
  [0x12, 'BINLOG DUMP'],
  [0x13, 'TABLE DUMP'],
  [0x14, 'CONNECT OUT'],
  [0x15, 'REGISTER SLAVE'],
  [0x16, 'PREPARE'],
  [0x17, 'EXECUTE'],
  [0x18, 'SEND LONG DATA'],
  [0x19, 'CLOSE'],
  [0x1a, 'RESET'],
  [0x1b, 'SET OPTION'],
  [0x1c, 'FETCH'],
  [0x1d, 'DAEMON'],
  [0x1e, 'BINLOG DUMP GTID'],
  [0x1f, 'RESET CONNECTION'],
  [0x20, 'CLONE'],
  [0x21, 'SUBSCRIBE GROUP REPLICATION STREAM'],
  [0xfa, 'BULK EXECUTE'],
  [0xfe, 'MULTI'],
]);

export const Command = {
  QUIT: 0x01,
  INIT_DB: 0x02,
  QUERY: 0x03,
  FIELD_LIST: 0x04,
  STATISTICS: 0x09,
  PROCESS_KILL: 0x0c,
  PING: 0x0e,
  CHANGE_USER: 0x11,
  BINLOG_DUMP: 0x12,
  STMT_PREPARE: 0x16,
  STMT_EXECUTE: 0x17,
  STMT_SEND_LONG_DATA: 0x18,
  STMT_CLOSE: 0x19,
  STMT_RESET: 0x1a,
  SET_OPTION: 0x1b,
  STMT_FETCH: 0x1c,
  BINLOG_DUMP_GTID: 0x1e,
  RESET_CONNECTION: 0x1f,
  STMT_BULK_EXECUTE: 0xfa,
} as const;

/** Capabilities, of which a connection has those that both ends name (mysql_com.h). */
export const Capability = {
  LONG_PASSWORD: 1,
  CONNECT_WITH_DB: 1 << 3,
  COMPRESS: 1 << 5,
  PROTOCOL_41: 1 << 9,
  SSL: 1 << 11,
  SECURE_CONNECTION: 1 << 15,
  PLUGIN_AUTH: 1 << 19,
  CONNECT_ATTRS: 1 << 20,
  PLUGIN_AUTH_LENENC: 1 << 21,
  DEPRECATE_EOF: 1 << 24,
  OPTIONAL_RESULTSET_METADATA: 1 << 25,
  ZSTD_COMPRESSION: 1 << 26,
  QUERY_ATTRIBUTES: 1 << 27,
} as const;

/** MariaDB's own, in a field that MySQL leaves empty. */
export const MariaCapability = { EXTENDED_METADATA: 1 << 3, CACHE_METADATA: 1 << 4 } as const;

export const ServerStatus = {
  IN_TRANSACTION: 0x0001,
  MORE_RESULTS: 0x0008,
  CURSOR_EXISTS: 0x0040,
  SESSION_STATE_CHANGED: 0x4000,
} as const;

/** enum_field_types. */
export const Type = {
  DECIMAL: 0,
  TINY: 1,
  SHORT: 2,
  LONG: 3,
  FLOAT: 4,
  DOUBLE: 5,
  NULL: 6,
  TIMESTAMP: 7,
  LONGLONG: 8,
  INT24: 9,
  DATE: 10,
  TIME: 11,
  DATETIME: 12,
  YEAR: 13,
  NEWDATE: 14,
  BIT: 16,
  TINY_BLOB: 249,
  MEDIUM_BLOB: 250,
  LONG_BLOB: 251,
  BLOB: 252,
  VAR_STRING: 253,
  STRING: 254,
  GEOMETRY: 255,
} as const;

/** The character set of bytes that are no text. */
export const BINARY_CHARSET = 63;
/** Flag of a column. */
export const UNSIGNED = 0x20;
