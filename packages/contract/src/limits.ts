/** Numbers both ends of a wire must agree on. */

/** Rows of one page of entries: a screen is about 60, a prefetch ten screens; more only delays the first paint. */
export const MAX_PAGE_ROWS = 1000;
/** The time one read may take in any case; a client may ask for less. */
export const MAX_PAGE_SECONDS = 30;
/** Characters of a KFL query; the compiler refuses longer ones too (docs/kfl.md). */
export const MAX_QUERY_CHARS = 16_384;
/** Rows of one live message: about 200 kB of JSON, drawn by the browser within one frame. */
export const MAX_LIVE_BATCH = 500;
/** The longest a live row waits for company: three frames at 60 Hz, below what people notice. */
export const LIVE_BATCH_MILLIS = 50;
/** Entries in one batch of the agent link. */
export const MAX_BATCH_ENTRIES = 1000;
/** Bytes of one frame of the agent link, compressed; a batch is split by bytes before it gets here. */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024;
/** Bytes of a batch after decompression: 16 entries with both bodies at the default `maxCapturedSize`, four times over. */
export const MAX_BATCH_BYTES = 64 * 1024 * 1024;
/** Agent numbers are the low 12 bits of an entry id. */
export const MAX_AGENT_NUMBER = 4095;
/** Rises when an agent and a hub of different releases could misread each other. */
export const LINK_VERSION = 1;
/** Connections whose packets one request asks an agent for: those of some minutes of a busy node, 5 MB of ids. */
export const MAX_PACKET_CONNECTIONS = 50_000;
/** Bytes of one piece of packets on the agent link: entries get their turn between two of them. */
export const PACKET_PIECE_BYTES = 128 * 1024;
/** Pieces an agent sends before the hub has taken the first: half a megabyte for each agent is all that waits. */
export const PACKET_WINDOW = 4;
/** Addresses a node's pods can have: 500 pods a node, two families, and those that are going. */
export const MAX_TARGETS = 2_000;
