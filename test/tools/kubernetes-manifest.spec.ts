import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadAll } from 'js-yaml';
import type { Deployment } from 'kubernetes-types/apps/v1';
import type { ConfigMap, Service } from 'kubernetes-types/core/v1';
import ts from 'typescript';
import { KNOWN_VARIABLES, parseEnv, SECRET_VARIABLES } from '../../src/config/env';

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
}

const MANIFESTS = loadAll(readFileSync('ops/kubernetes/task-api.yaml', 'utf8')) as Manifest[];

/** What differs from the schema of Kubernetes, of which the package kubernetes-types is made. */
function faultsOf(manifests: readonly Manifest[]): readonly string[] {
  const source = manifests
    .map((manifest, index) => {
      const { apiVersion, kind } = manifest;
      const group = apiVersion.includes('/') ? apiVersion : `core/${apiVersion}`;
      const module = `kubernetes-types/${group.replace('.k8s.io', '')}`;
      return `export const object${index}: import('${module}').${kind} = ${JSON.stringify(manifest, null, 1)};`;
    })
    .join('\n');
  const path = join(process.cwd(), 'test', 'tools', 'manifests.ts');
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    types: [],
    lib: ['lib.es5.d.ts'],
  };
  const host = ts.createCompilerHost(options);
  const readFile = host.readFile.bind(host);
  const fileExists = host.fileExists.bind(host);
  host.readFile = (name) => (name === path ? source : readFile(name));
  host.fileExists = (name) => name === path || fileExists(name);
  host.getSourceFile = (name, version) =>
    ts.createSourceFile(name, host.readFile(name) ?? '', version);
  return ts
    .getPreEmitDiagnostics(ts.createProgram([path], options, host))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

function find<Kind extends Manifest>(kind: Kind['kind']): Kind {
  const found = MANIFESTS.find((manifest) => manifest.kind === kind);
  if (found === undefined) throw new Error(`There is no ${kind}`);
  return found as Kind;
}

describe('the manifest for Kubernetes', () => {
  const { data: variables = {} } = find<Manifest & ConfigMap>('ConfigMap');
  const { spec } = find<Manifest & Deployment>('Deployment');
  const pod = spec?.template.spec;
  const [container] = pod?.containers ?? [];

  it('has objects that the schema of Kubernetes allows, and no unknown field', () => {
    expect(faultsOf(MANIFESTS)).toEqual([]);
    const wrong = { apiVersion: 'v1', kind: 'Service', spec: { ports: [{ prot: 80 }] } };
    expect(faultsOf([wrong])).toEqual([expect.stringContaining('does not exist in type')]);
  });

  it('configures what the API takes', () => {
    const files = SECRET_VARIABLES.map((name) => `${name}_FILE`);
    const given = Object.keys(variables);
    expect(given.filter((name) => ![...KNOWN_VARIABLES, ...files].includes(name))).toEqual([]);

    const plain = Object.entries(variables).filter(([name]) => !files.includes(name));
    const secrets = {
      DATABASE_URL: 'postgresql://a@db/tasks',
      DATABASE_OWNER_URL: 'postgresql://o@db/tasks',
    };
    expect(parseEnv({ ...Object.fromEntries(plain), ...secrets })).toMatchObject({
      nodeEnv: 'production',
      port: 3_000,
      auth: { mode: 'openid-provider' },
    });
  });

  it('mounts each secret where the configuration looks for it', () => {
    const mount = container?.volumeMounts?.[0];
    const paths = Object.entries(variables).filter(([name]) => name.endsWith('_FILE'));

    expect(paths).toHaveLength(2);
    for (const [, path] of paths)
      expect(path.startsWith(`${String(mount?.mountPath)}/`)).toBe(true);
    expect(pod?.volumes?.map(({ name }) => name)).toEqual([mount?.name]);
  });

  it('sends requests to a port that the container has, and metrics to theirs', () => {
    const ports = Object.fromEntries(
      (container?.ports ?? []).map(({ name = '', containerPort }) => [name, containerPort]),
    );
    const [port] = find<Manifest & Service>('Service').spec?.ports ?? [];

    expect(ports).toEqual({ http: 3_000, metrics: Number(variables['ADMIN_PORT']) });
    expect(Object.keys(ports)).toContain(port?.targetPort);
  });

  it('gives the pod time to stop, and no power that it does not use', () => {
    const pause = Number(container?.lifecycle?.preStop?.exec?.command?.[1]);
    // Clients may finish for ten seconds, and the database connections close after them.
    expect(pod?.terminationGracePeriodSeconds).toBeGreaterThan(pause + 10);
    expect(pod?.securityContext?.runAsNonRoot).toBe(true);
    expect(container?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });
});
