// The arrows of ARCHITECTURE.md, enforced. Each rule was made to fire on a deliberate violation.

const nodeCore =
  '^(node:|assert|buffer|child_process|crypto|events|fs|http|http2|https|net|os|path|stream|tls|url|util|worker_threads|zlib)';

/** Folders whose code may be imported by the package named first. */
const arrows = {
  'packages/kfl': [],
  'packages/model': ['packages/kfl'],
  'packages/contract': ['packages/model', 'packages/kfl'],
  'packages/capture': ['packages/model'],
  'packages/store': ['packages/model', 'packages/kfl'],
  'packages/recording': ['packages/capture', 'packages/model'],
  'packages/replay': ['packages/recording', 'packages/model'],
  'apps/web': ['packages/contract', 'packages/model', 'packages/kfl', 'packages/recording/src/export'],
  'apps/bff': [
    'packages/contract',
    'packages/store',
    'packages/model',
    'packages/kfl',
    'packages/capture',
    'packages/recording',
    'packages/replay',
  ],
  'apps/agent': ['packages/capture', 'packages/contract', 'packages/model'],
  'apps/cli': [
    'packages/capture',
    'packages/contract',
    'packages/model',
    'packages/kfl',
    'packages/recording',
    'packages/replay',
  ],
};

const inTests = '\\.(test|bench)\\.tsx?$|/testing/|/fixtures/';

export default {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^virtual:' } },
    ...Object.entries(arrows).map(([from, allowed]) => ({
      name: `arrows-of-${from.replace('/', '-')}`,
      comment: `${from} may import only: ${allowed.join(', ') || 'nothing of ours'}`,
      severity: 'error',
      from: { path: `^${from}/`, pathNot: inTests },
      to: {
        path: '^(apps|packages|e2e|bench|scripts)/',
        pathNot: [`^${from}/`, ...allowed.map((folder) => `^${folder}/`)],
      },
    })),
    {
      name: 'browser-safe',
      comment: 'kfl, model, contract, web and what web takes of recording run in a browser',
      severity: 'error',
      from: {
        path: '^(packages/(kfl|model|contract)|apps/web/src|packages/recording/src/export/(har|curl|headers)\\.ts)',
        pathNot: inTests,
      },
      to: { path: nodeCore },
    },
    {
      name: 'protocols-are-strangers',
      severity: 'error',
      from: { path: '^packages/capture/src/protocols/([^/]+)/' },
      to: { path: '^packages/capture/src/protocols/[^/]+/', pathNot: '^packages/capture/src/protocols/$1/' },
    },
    {
      name: 'registry-alone-knows-protocols',
      severity: 'error',
      from: { path: '^packages/capture/src/', pathNot: ['^packages/capture/src/protocols/', inTests] },
      to: { path: '^packages/capture/src/protocols/', pathNot: '^packages/capture/src/protocols/registry\\.ts$' },
    },
    {
      name: 'features-are-strangers',
      severity: 'error',
      from: { path: '^apps/(web|bff)/src/features/([^/]+)/', pathNot: inTests },
      to: { path: '^apps/$1/src/features/[^/]+/', pathNot: '^apps/$1/src/features/$2/' },
    },
    {
      name: 'sans-io',
      comment: 'capture is given bytes and timestamps; it opens nothing (zlib and crypto compute, they do no I/O)',
      severity: 'error',
      from: { path: '^packages/(capture|kfl|model)/src/', pathNot: inTests },
      to: { path: '^(node:)?(fs|net|http|https|http2|child_process|os|dgram|dns|worker_threads)(/|$)' },
    },
    {
      name: 'testkit-in-tests-only',
      severity: 'error',
      from: { pathNot: [inTests, '^packages/testkit/', '^(e2e|bench|scripts)/'] },
      to: { path: '^packages/testkit/' },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules'] },
    exclude: { path: ['(^|/)(dist|\\.cache|fixtures)/'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      mainFields: ['main'],
    },
    parser: 'swc',
  },
};
