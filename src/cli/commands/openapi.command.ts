import { writeFileSync } from 'node:fs';
import { type Command, Option } from '@commander-js/extra-typings';
import { dump } from 'js-yaml';
import { type CommandContext, exampleOf } from '../command';
import { cannotWrite } from '../command-error';
import { fileName } from '../option-values';

const FORMATS = {
  json: (document: object) => `${JSON.stringify(document, null, 2)}\n`,
  // Without references between equal parts: few readers of OpenAPI documents follow YAML's anchors.
  yaml: (document: object) => dump(document, { noRefs: true, lineWidth: 100 }),
} as const;

export function defineOpenApi(command: Command, { stdout, stderr }: CommandContext): void {
  command
    .description('Needs neither a database nor a configuration.')
    .option('--output <FILE>', 'write to a file instead', fileName)
    .addOption(
      new Option('--format <FORMAT>', 'how to write it').choices(['json', 'yaml']).default('json'),
    )
    .addHelpText('after', exampleOf('openapi --format yaml --output openapi.yaml'))
    .action(async ({ output, format }) => {
      // Loads the whole application; its help should not wait for that.
      const { openApiDocumentWithoutDatabase } = await import('../../server/offline-document.js');
      const text = FORMATS[format](await openApiDocumentWithoutDatabase());
      if (output === undefined) {
        stdout.write(text);
        return;
      }
      write(output, text);
      stderr.write(`Wrote ${output}\n`);
    });
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw cannotWrite(error instanceof Error ? error.message : file);
  }
}
