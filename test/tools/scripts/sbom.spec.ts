import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

interface Component {
  readonly 'bom-ref': string;
  readonly hashes: readonly { readonly alg: string; readonly content: string }[];
}

interface BillOfMaterials {
  readonly bomFormat: string;
  readonly metadata: { readonly component: object };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

interface LockedPackage {
  readonly version: string;
  readonly dev?: boolean;
  readonly integrity?: string;
}

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  readonly packages: Readonly<Record<string, LockedPackage>>;
};

describe('npm run sbom', () => {
  const told = execFileSync(process.execPath, ['scripts/sbom.mjs'], { encoding: 'utf8' });
  const bom = JSON.parse(readFileSync('artifacts/sbom.cdx.json', 'utf8')) as BillOfMaterials;

  it('lists what serves with its hashes, and nothing that only develops', () => {
    const serving = Object.entries(packages).filter(([path, { dev }]) => path !== '' && !dev);
    const expected = new Map(
      serving.map(([path, { version, integrity = '' }]) => [
        `${path.split('node_modules/').at(-1) ?? ''}@${version}`,
        Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex'),
      ]),
    );
    const listed = bom.components.map(
      ({ 'bom-ref': ref, hashes }) => [ref, hashes[0]?.content] as const,
    );
    expect(new Map(listed)).toEqual(expected);
    expect(listed).toHaveLength(expected.size);
    expect(told).toBe(`${expected.size} packages in artifacts/sbom.cdx.json\n`);
  });

  it('calls the project by its name, and refers to nothing that is not there', () => {
    expect(bom).toMatchObject({
      bomFormat: 'CycloneDX',
      metadata: { component: { name: 'task-api', type: 'application' } },
    });
    const refs = new Set(bom.dependencies.map(({ ref }) => ref));
    const named = bom.dependencies.flatMap(({ dependsOn }) => dependsOn);
    expect(named.filter((ref) => !refs.has(ref))).toEqual([]);
  });
});
