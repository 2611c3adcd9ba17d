/** What must hold of the text itself, cheapest first; `pnpm check` and `npm test` both run it. */
export const staticChecks: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['format and lint', 'biome', 'check', '.'],
  ['lint with types', 'oxlint', '--type-aware'],
  ['types', 'tsc', '-p', 'tsconfig.json'],
  ['types of the browser', 'tsc', '-p', 'apps/web'],
  ['boundaries', 'depcruise', 'apps', 'packages', 'e2e', 'bench', 'scripts', 'deploy', '--output-type', 'err'],
  ['unused code and dependencies', 'knip', '--no-config-hints'],
];
