import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { openApiDocumentWithoutDatabase } from '../../../src/server/offline-document';

describe('the OpenAPI document without a database', () => {
  it('is the committed one, to the letter', async () => {
    const document = await openApiDocumentWithoutDatabase();

    expect(`${JSON.stringify(document, null, 2)}\n`).toBe(readFileSync('openapi.json', 'utf8'));
  });
});
