import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { configurationReference } from './configuration-reference.ts';

test('docs/configuration.md is what the schemas say; after a change npm run reference writes it anew', () => {
  expect(readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8')).toBe(configurationReference());
});
