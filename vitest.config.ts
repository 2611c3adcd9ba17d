import { defineConfig } from 'vitest/config';

/** Unit and integration tests: `node` for everything that runs in Node, `web` for what needs a document. */
export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          environment: 'node',
          include: [
            'packages/*/src/**/*.test.ts',
            'apps/{bff,agent,cli}/src/**/*.test.ts',
            'scripts/**/*.test.ts',
            'deploy/**/*.test.ts',
          ],
          // chDB must not be unloaded with a worker thread: it crashes at exit.
          pool: 'forks',
        },
      },
      {
        extends: true,
        test: { name: 'web', environment: 'happy-dom', include: ['apps/web/src/**/*.test.{ts,tsx}'] },
      },
    ],
    passWithNoTests: true,
    testTimeout: 30_000,
    // Starting an engine or a server takes seconds on a machine that does other things as well.
    hookTimeout: 60_000,
  },
});
