import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TaskBody } from '../support/http/answers';
import { serveAt, type ServedApplication } from '../support/app/application-at';
import { aCaller, type Caller } from '../support/app/tokens';
import { TestDatabase } from '../support/database/test-database';

/**
 * Functions and operators that PostgreSQL prefers to its own of the same name, because their arguments
 * fit better. Another application that shares the schema may have such ones.
 */
const FOREIGN = `
  create function public.to_json(text) returns json language sql as $$ select '"foreign"'::json $$;
  create function public.array_to_string(text[], text) returns text language sql as $$ select 'foreign' $$;
  create function public.join_text(text, uuid) returns text language sql as $$ select 'foreign' $$;
  create operator public.|| (leftarg = text, rightarg = uuid, function = public.join_text);
  create function public.join_text(text, boolean) returns text language sql as $$ select 'foreign' $$;
  create operator public.|| (leftarg = text, rightarg = boolean, function = public.join_text);
  create function public.join_text(text, json) returns text language sql as $$ select 'foreign' $$;
  create operator public.|| (leftarg = text, rightarg = json, function = public.join_text);
  create aggregate public.array_agg(text) (sfunc = array_append, stype = text[], initcond = '{foreign}');
`;

describe('functions of another application in the same schema', () => {
  let database: TestDatabase;
  let app: ServedApplication;
  let ada: Caller;

  beforeAll(async () => {
    database = await TestDatabase.create();
    await database.query(FOREIGN);
    app = await serveAt(database.endpoint);
    ada = await aCaller();
  });
  afterAll(async () => {
    await app.stop();
    await database.drop();
  });

  const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${app.url}${path}`, {
      ...init,
      headers: { authorization: ada.authorization, 'content-type': 'application/json' },
    });

  it('have no part in any answer', async () => {
    const body = JSON.stringify({ title: 'Own', description: 'of Ada' });
    const created = (await (
      await ask('/api/me/tasks', { method: 'POST', body })
    ).json()) as TaskBody;

    expect(created).toMatchObject({ title: 'Own', description: 'of Ada', user_id: ada.userId });
    for (const query of ['', '?q=own', '?sort=title', '?completed=false']) {
      const page: unknown = await (await ask(`/api/me/tasks${query}`)).json();
      expect(page).toEqual({ items: [created], next_cursor: null });
    }
    const toggled = await ask(`/api/me/tasks/${created.id}/complete`, { method: 'PATCH' });
    expect(await toggled.json()).toMatchObject({ id: created.id, title: 'Own', completed: true });
  });
});
