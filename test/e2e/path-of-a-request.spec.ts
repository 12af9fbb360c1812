import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { filesRun } from '../support/app/files-run';
import { TestApplication } from '../support/app/test-application';
import { aCaller, type Caller } from '../support/app/tokens';
import { aTask } from '../support/http/lists';
import { itWith } from '../support/requirements';

/** A reader who follows a list from its socket to SQL and back opens so many. 0 makes the test name them. */
const MOST_FILES = 36;

describe('The path of a request', () => {
  let app: TestApplication;
  let caller: Caller;

  beforeAll(async () => {
    app = await TestApplication.start({ RATE_LIMIT: '600' });
    caller = await aCaller();
    for (let count = 0; count < 3; count += 1) await aTask(app, caller, { title: 'A task' });
  });
  afterAll(() => app.stop());

  itWith(
    'oneDatabase',
    `passes at most ${MOST_FILES} files for a list of a known user`,
    async () => {
      const headers = { authorization: caller.authorization };
      const list = async (): Promise<void> => {
        const response = await fetch(`${app.url}/api/me/tasks?limit=2`, { headers });
        expect(response.status).toBe(200);
        await response.text();
      };
      await list();

      const files = await filesRun(list);

      expect(files).toContain('src/tasks/tasks.controller.ts');
      expect(files).toContain('src/database/batch/pipeline-batch.ts');
      expect(files.slice(MOST_FILES)).toEqual([]);
    },
  );
});
