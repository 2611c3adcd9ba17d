/** What can go wrong with a store, as one error class with a stable code. */

export type StoreErrorCode =
  /** Another process has the data directory open. */
  | 'locked'
  /** The data was written by a newer version of the schema than this program knows. */
  | 'newer-schema'
  /** The data directory or the server cannot be used at all: not writable, wrong address, wrong password. */
  | 'unavailable'
  /** Too much is waiting to be stored; nothing of the batch was taken. Send it again later. */
  | 'busy'
  /** No space left: the batch was not stored; reads go on. */
  | 'disk-full'
  /** The query took longer than its limit. */
  | 'timeout'
  /** The query wanted more memory than its limit. */
  | 'memory'
  /** The query would read more rows than its limit. */
  | 'rows'
  /** The query's signal was aborted. */
  | 'cancelled'
  /** The engine's process ended while the call was under way; it is started again by itself. */
  | 'engine-gone'
  /** The store was closed. */
  | 'closed'
  /** The engine refused the statement: a bug of ours. */
  | 'engine';

export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
  }
}

/** ClickHouse's error numbers (src/Common/ErrorCodes.cpp) that callers tell apart. */
const codeOfNumber: Readonly<Record<number, StoreErrorCode>> = {
  159: 'timeout', // TIMEOUT_EXCEEDED
  160: 'timeout', // TOO_SLOW
  209: 'unavailable', // SOCKET_TIMEOUT
  210: 'unavailable', // NETWORK_ERROR
  225: 'unavailable', // NO_ZOOKEEPER
  241: 'memory', // MEMORY_LIMIT_EXCEEDED
  242: 'unavailable', // TABLE_IS_READ_ONLY: a replica without its Keeper
  243: 'disk-full', // NOT_ENOUGH_SPACE
  252: 'busy', // TOO_MANY_PARTS
  279: 'unavailable', // ALL_CONNECTION_TRIES_FAILED
  285: 'unavailable', // TOO_FEW_LIVE_REPLICAS
  307: 'rows', // TOO_MANY_BYTES
  158: 'rows', // TOO_MANY_ROWS
  394: 'cancelled', // QUERY_WAS_CANCELLED
  319: 'unavailable', // UNKNOWN_STATUS_OF_INSERT: the Keeper was lost in the middle; sent again it is looked up
  516: 'unavailable', // AUTHENTICATION_FAILED
  999: 'unavailable', // KEEPER_EXCEPTION
};

const noSpace = /no space left on device|ENOSPC|errno: 28\b/i;

/** The store's error for a message of the engine; `number` when the driver knows ClickHouse's code already. */
export function engineError(message: string, number?: number): StoreError {
  const code = number ?? Number(/\bCode: (\d+)/.exec(message)?.[1]);
  if (noSpace.test(message)) return new StoreError('disk-full', message);
  return new StoreError(codeOfNumber[code] ?? 'engine', message);
}
