import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { migrate } from '../../../../src/database/schema/migrate';
import { OrdinaryOwner } from '../../../support/database/ordinary-owner';
import { CreateLabels9000000000004 } from '../../../support/database/sample-migrations';

let owner: OrdinaryOwner;

beforeAll(async () => {
  owner = await OrdinaryOwner.create();
  await owner.fill(1, 1);
});
afterAll(() => owner.drop());

/** All that keeps users apart, with the name of the table left out. */
const protectionOf = (table: string): Promise<object[]> =>
  owner.database.query(
    `select relrowsecurity, relforcerowsecurity,
       array(select privilege_type::text from aclexplode(relacl) where grantee = 'task_api'::regrole
             order by 1) as rights,
       (select json_agg(json_build_array(replace(polname, $1, ''), polcmd, polpermissive,
          polroles::regrole[], pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)))
        from pg_policy where polrelid = pg_class.oid) as policies,
       (select json_agg(json_build_array(replace(conname, $1, ''), pg_get_constraintdef(oid)))
        from pg_constraint where conrelid = pg_class.oid and contype = 'f') as keys
     from pg_class where oid = to_regclass($1)`,
    [table],
  );

it('A new table of users is protected as those of the first migrations are', async () => {
  await migrate(owner.settings, [CreateLabels9000000000004]);

  expect(await protectionOf('labels')).toEqual(await protectionOf('feeds'));
});
