import { writeFileSync } from 'node:fs';
import { dump } from 'js-yaml';
import { defineCommand } from '../command';
import { cannotWrite } from '../command-error';
import { defaulting, optional } from '../option';
import { nonEmpty, oneOf } from '../option-values';

const FORMATS = {
  json: (document: object) => `${JSON.stringify(document, null, 2)}\n`,
  // Without references between equal parts: few readers of OpenAPI documents follow YAML's anchors.
  yaml: (document: object) => dump(document, { noRefs: true, lineWidth: 100 }),
} as const;

export const openApiCommand = defineCommand({
  name: 'openapi',
  summary: 'Print the OpenAPI document of the API',
  details: 'Needs neither a database nor a configuration.',
  options: {
    output: optional({
      placeholder: 'FILE',
      description: 'write to a file instead',
      read: nonEmpty,
    }),
    format: defaulting('json', {
      placeholder: 'FORMAT',
      description: 'json or yaml',
      read: oneOf('json', 'yaml'),
    }),
  },
  example: 'openapi --format yaml --output openapi.yaml',
  run: async ({ output, format }, { stdout, stderr }) => {
    // Loads the whole application, for which its help should not wait.
    const { openApiDocumentWithoutDatabase } =
      await import('../../openapi/document-without-database.js');
    const text = FORMATS[format](await openApiDocumentWithoutDatabase());
    if (output === undefined) {
      stdout.write(text);
      return;
    }
    write(output, text);
    stderr.write(`Wrote ${output}\n`);
  },
});

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw cannotWrite(error instanceof Error ? error.message : file);
  }
}
