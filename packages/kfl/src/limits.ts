/** Bounds that keep any text whatever cheap to read, check and run. Each has a row in limits.test.ts. */

/** Longest query, in UTF-16 units (KFL §5): a role clause or a generated filter fits many times over. */
export const MAX_QUERY_LENGTH = 16 * 1024;
/** Deepest nesting of brackets, `not`, paths and calls (KFL §5): recursion over the tree stays far from the stack's end. */
export const MAX_DEPTH = 100;
/** Most comparisons, operands and list items (KFL §5): bounds the SQL text and the work per entry. */
export const MAX_TERMS = 1_000;
/** Diagnostics kept; more would hide the first cause. */
export const MAX_DIAGNOSTICS = 100;
/** Longest regular expression: the engine's program grows with it. */
export const MAX_PATTERN_LENGTH = 1_000;
/** Characters of one value a regular expression looks at: matching is linear, so this bounds the time per entry. */
export const MAX_MATCHED_LENGTH = 1_048_576;
/** Decimal digits of a string that is compared as a whole number: what a 128-bit integer holds. */
export const MAX_WHOLE_DIGITS = 38;
/** Depth to which `..name` searches and `.xml()` reads; deeper parts are not looked at. */
export const MAX_DOCUMENT_DEPTH = 200;
/** Values that one `..name` finds, and those it looks at on the way: steps in a row would multiply them. */
export const MAX_FOUND_VALUES = 10_000;
export const MAX_VISITED_VALUES = 200_000;
/** Elements that `exists`, `all`, `filter` and `map` look at for one entry: nested ones multiply. Further elements are not there. */
export const MAX_MACRO_STEPS = 100_000;
/** Characters of a text that `+` makes; a longer one is null. */
export const MAX_JOINED_LENGTH = 16_777_216;
/** Groups kept by one in-memory `stats`, `top` or `distinct`; further ones are counted, not kept. */
export const MAX_GROUPS = 10_000;
/** Rows an in-memory `sort` or `fields` holds; further ones are counted, not kept. */
export const MAX_ROWS = 100_000;
/** Numbers that quantiles and different values that dcount() hold in one in-memory run: 8 MB of doubles. */
export const MAX_VALUES = 1_000_000;
