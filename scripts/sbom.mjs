/**
 * Writes the bill of materials (CycloneDX) of what serves to artifacts/sbom.cdx.json: every package
 * of the lockfile but those of development, on any platform, with its hash and licence.
 *
 * `npm sbom --omit=dev` leaves out what serves and develops, such as @nestjs/common (npm 10 and 11).
 * So npm lists everything, and the lockfile says what only develops.
 */
import { execSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { NPM_SETTINGS } from './npm-settings.mjs';

const SBOM = 'artifacts/sbom.cdx.json';
/** Also with NODE_ENV=production, which makes npm omit what develops. */
const EVERYTHING =
  '--sbom-format=cyclonedx --package-lock-only --include=dev --include=optional --include=peer';

const { name, packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const serving = new Set(
  Object.entries(packages)
    .filter(([, { dev = false }]) => !dev)
    .map(([path, { version }]) => `${nameOf(path)}@${version}`),
);

function nameOf(path) {
  return path === '' ? name : path.split('node_modules/').at(-1);
}

const everything = JSON.parse(
  execSync(`npm sbom ${EVERYTHING} ${NPM_SETTINGS}`, {
    encoding: 'utf8',
    maxBuffer: Infinity,
    stdio: ['ignore', 'pipe', 'inherit'],
  }),
);
const serves = (ref) => serving.has(ref);
/** npm marks a package that lies in two places by the first, and npm 10 names it twice. */
const component = ({ properties, ...facts }) => ({
  ...facts,
  properties: properties.filter((property) => property.name !== 'cdx:npm:package:development'),
});
const once = (items, key) => [...new Map(items.map((item) => [item[key], item])).values()];

const { metadata, components, dependencies, ...rest } = everything;
const bom = {
  ...rest,
  // npm calls the project by its folder, and a library.
  metadata: { ...metadata, component: { ...metadata.component, name, type: 'application' } },
  components: once(components, 'bom-ref')
    .filter((listed) => serves(listed['bom-ref']))
    .map(component),
  dependencies: once(dependencies, 'ref')
    .filter(({ ref }) => serves(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(serves) })),
};
mkdirSync('artifacts', { recursive: true });
writeFileSync(SBOM, `${JSON.stringify(bom, null, 2)}\n`);
process.stdout.write(`${bom.components.length} packages in ${SBOM}\n`);
