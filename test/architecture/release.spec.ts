import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const read = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as { version: string };
const { version } = read('package.json');

describe('A release', () => {
  it('has one version, and its section in the changelog below the unreleased changes', () => {
    const sections = readFileSync('CHANGELOG.md', 'utf8').match(/^## \[.*$/gm) ?? [];
    const document = JSON.parse(readFileSync('openapi.json', 'utf8')) as {
      info: { version: string };
    };

    expect(sections[0]).toBe('## [Unreleased]');
    expect(sections[1]).toMatch(
      new RegExp(`^## \\[${version.replaceAll('.', '\\.')}\\] - \\d{4}-\\d\\d-\\d\\d$`),
    );
    expect(read('clients/typescript/package.json').version).toBe(version);
    expect(document.info.version).toBe(version);
  });
});
