import { endpoints } from '@kubeshark/contract';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { startHub } from '../testing/hub.ts';

test('the OpenAPI document has every endpoint of the contract that is served, and the page shows it', async () => {
  const hub = await startHub();
  const document = (await (await fetch(`${hub.url}/api/openapi.json`)).json()) as {
    openapi: string;
    paths: Record<string, Record<string, { summary?: string }>>;
  };
  expect(document.openapi).toBe('3.1.0');
  const validator = new Validator();
  expect(await validator.validate(document)).toEqual({ valid: true });
  expect(() => validator.resolveRefs(), 'every reference leads somewhere').not.toThrow();
  for (const { method, path, summary } of Object.values(endpoints)) {
    const documented = document.paths[path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
    expect(documented?.summary, `${method} ${path}`).toBe(summary);
  }
  const page = await fetch(`${hub.url}/api/docs/`);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('/api/openapi.json');
});
