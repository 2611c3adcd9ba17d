/** `pnpm check:bundle`: what a browser must load before it shows the first page, gzipped, against its budget. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** React, its kit, router, schemas and the list are just below it; Monaco, map, charts and dialogs are chunks of their own. */
const BUDGET_BYTES = 250_000;

const dist = join(import.meta.dirname, '../apps/web/dist');
const page = readFileSync(join(dist, 'index.html'), 'utf8');
const scripts = [...page.matchAll(/(?:src|href)="\.(\/assets\/[^"]+\.js)"/g)].map(([, file]) => file ?? '');
const sizes = scripts.map((file) => ({ file, bytes: gzipSync(readFileSync(join(dist, file))).length }));
const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);

for (const { file, bytes } of sizes) console.log(`${(bytes / 1000).toFixed(1).padStart(8)} kB ${file}`);
console.log(`${(total / 1000).toFixed(1).padStart(8)} kB of ${BUDGET_BYTES / 1000} kB before the first page`);
if (scripts.length === 0 || total > BUDGET_BYTES) process.exit(1);
