import { SettingsState } from '@kubeshark/contract';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';
import { Overruled } from './overruled.tsx';

const settings = SettingsState.parse({
  retention: { hours: 72, bytes: 1e9 },
  redaction: { defaults: true, rules: [] },
  overruled: [
    { name: 'tap.namespaces', saved: 'staging', now: 'production' },
    { name: 'hub.retention.hours', saved: '10', now: '72' },
  ],
});
const textOf = (of: string) =>
  renderToStaticMarkup(<Overruled settings={settings} of={of} />).replaceAll(/<[^>]+>/g, '');

test('each panel says which of its values the installation has taken over, and what was saved', () => {
  expect(textOf('tap.')).toBe(
    'tap.namespaces was changed in the installation after it was saved here: production is used, not staging.',
  );
  expect(textOf('hub.retention.')).toMatch(/^hub\.retention\.hours was changed .*: 72 is used, not 10\.$/);
  expect(textOf('hub.storage.')).toBe('');
});
