/** What agents take out of entries before they leave the node. */

import { z } from 'zod';

/** Rules beside the built-in ones; docs/redaction.md. */
export const RedactionRule = z.discriminatedUnion('kind', [
  /** Value of a header, whatever its case. */
  z.object({ kind: z.literal('header'), name: z.string().min(1).max(256) }),
  /** Value of a key, wherever it stands: in JSON bodies, forms, query strings and protocol fields. */
  z.object({ kind: z.literal('key'), name: z.string().min(1).max(256) }),
  /** What the RE2 pattern matches, in every text. */
  z.object({ kind: z.literal('pattern'), pattern: z.string().min(1).max(1024) }),
]);
export type RedactionRule = z.infer<typeof RedactionRule>;

export const RedactionSettings = z.object({
  /** Authorization, cookies, API keys, passwords, JSON Web Tokens, card numbers. */
  defaults: z.boolean().default(true),
  rules: z.array(RedactionRule).max(200).default([]),
});
export type RedactionSettings = z.infer<typeof RedactionSettings>;
