/** `pnpm package:cli [file]`: the whole command in one file, which runs on Node 20 and newer without node_modules. */

import { chmodSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { rolldown } from 'rolldown';

const root = path.resolve(import.meta.dirname, '..');
const file = path.resolve(process.argv[2] ?? path.join(root, 'dist/kubeshark.mjs'));
const { version } = JSON.parse(readFileSync(path.join(root, 'apps/cli/package.json'), 'utf8')) as { version: string };

/** Loaded where they are used: an import of all Node has by the name `http` loads its `fetch` and `WebSocket`, which takes 35 ms. */
const LATE = /^(?:node:)?(https?)$/;
const LATE_PREFIX = '\0late:';

const bundle = await rolldown({
  input: path.join(root, 'scripts/cli-package/main.ts'),
  platform: 'node',
  plugins: [
    {
      name: 'one-file',
      resolveId: (id, importer) =>
        /^(node:)?zlib$/.test(id) && !importer?.includes('cli-package/zlib')
          ? path.join(root, 'scripts/cli-package/zlib.ts')
          : LATE.test(id) && !importer?.startsWith(LATE_PREFIX)
            ? LATE_PREFIX + id.replace(LATE, '$1')
            : null,
      load: (id) =>
        id.startsWith(LATE_PREFIX)
          ? `module.exports = require('node:${id.slice(LATE_PREFIX.length)}');`
          : id.endsWith('apps/cli/src/version.ts')
            ? `export const version = ${JSON.stringify(version)};`
            : null,
    },
  ],
});
mkdirSync(path.dirname(file), { recursive: true });
await bundle.write({
  file,
  format: 'esm',
  codeSplitting: false,
  minify: true,
  banner:
    '#!/usr/bin/env node\nimport { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
});
chmodSync(file, 0o755);
console.log(`${path.relative(process.cwd(), file)}: ${(statSync(file).size / 1e6).toFixed(1)} MB`);
