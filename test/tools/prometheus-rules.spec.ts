import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ALERTS_FILE, panelExpressions } from '../support/http/monitoring';
import { promtool } from '../support/processes/promtool';
import { describeWith } from '../support/requirements';

describeWith('promtool', 'Prometheus', () => {
  let directory: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'task-api-rules-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  function check(file: string): string {
    const { stdout, stderr } = spawnSync(promtool() ?? '', ['check', 'rules', file], {
      encoding: 'utf8',
    });
    return stdout + stderr;
  }

  function checkExpressions(expressions: readonly string[]): string {
    const file = join(directory, 'rules.yaml');
    const rules = expressions.map((expr, n) => ({ record: `panel:${n}`, expr }));
    // JSON is YAML.
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }));
    return check(file);
  }

  it('takes the alerts', () => {
    expect(check(ALERTS_FILE)).toMatch(/SUCCESS: \d+ rules found/);
  });

  it('takes the expressions of the dashboard', () => {
    const expressions = panelExpressions.map(([, expression]) => expression);

    expect(checkExpressions(expressions)).toContain(`SUCCESS: ${expressions.length} rules found`);
  });

  it('would refuse what is not PromQL', () => {
    expect(checkExpressions(['rate(task_api_ready[5m)'])).toContain('FAILED');
    expect(checkExpressions(['rate(task_api_ready)'])).toContain('FAILED');
  });
});
