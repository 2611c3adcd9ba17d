/** Builds the browser application into apps/web/dist, unless what is there is newer than everything it is made of. */

import { spawnSync } from 'node:child_process';
import { globSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const web = join(root, 'apps/web');
const built = join(web, 'dist/index.html');
const sources = [
  'pnpm-lock.yaml',
  'apps/web/{index.html,vite.config.ts,package.json}',
  'apps/web/{src,public}/**/*',
  'packages/{kfl,model,contract}/src/**/*.ts',
  'packages/recording/src/export/*.ts',
];

function isCurrent(): boolean {
  const madeAt = statSync(built, { throwIfNoEntry: false })?.mtimeMs;
  if (madeAt === undefined) return false;
  return sources
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    .every((file) => statSync(join(root, file)).mtimeMs < madeAt);
}

/** True when the application is there afterwards. Vite's own output is shown only when it fails. */
export function buildWeb(): boolean {
  if (isCurrent()) return true;
  const vite = spawnSync('vite', ['build', '--logLevel', 'warn'], {
    cwd: web,
    encoding: 'utf8',
    env: {
      ...process.env,
      PATH: [join(web, 'node_modules/.bin'), join(root, 'node_modules/.bin'), process.env['PATH']].join(delimiter),
    },
  });
  if (vite.status === 0) return true;
  console.error(`${vite.stdout ?? ''}${vite.stderr ?? ''}${vite.error?.message ?? ''}`);
  return false;
}

if (import.meta.main) process.exit(buildWeb() ? 0 : 1);
