/** Memory of everything that waits, over all connections: each adds what it keeps and takes it off again. */
export interface Budget {
  used: number;
}
