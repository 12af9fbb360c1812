import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

/** One recipe of docs/identity.md. */
export interface Recipe {
  readonly title: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly token: {
    readonly header: { readonly alg: string };
    readonly claims: Readonly<Record<string, unknown>>;
  };
  /** From the table of the page. */
  readonly storesAddress: boolean;
}

const PAGE = readFileSync('docs/identity.md', 'utf8');

/** Every recipe; throws where one lacks its settings, its token or its line in the table. */
export function recipesOfPage(): readonly Recipe[] {
  const [, recipes = ''] = PAGE.split('\n## Recipes\n');
  const [head = '', ...sections] = recipes.split('\n### ');
  return sections.map((section) => {
    const title = section.slice(0, section.indexOf('\n'));
    return {
      title,
      settings: parseEnv(block(section, 'dotenv')) as Record<string, string>,
      token: JSON.parse(block(section, 'json')) as Recipe['token'],
      storesAddress: addressColumn(head, title) === 'yes',
    };
  });
}

function block(section: string, language: string): string {
  const found = new RegExp(`\n\`\`\`${language}\n(.*?)\n\`\`\``, 's').exec(section)?.[1];
  if (found === undefined) throw new Error(`No ${language} block in: ${section.slice(0, 40)}`);
  return found;
}

function addressColumn(table: string, title: string): string {
  const line = table.split('\n').find((one) => one.includes(`[${title}](`));
  if (line === undefined) throw new Error(`No line of the table for ${title}`);
  return line.split('|')[2]?.trim() ?? '';
}
