import { type Mutant, mutant } from './mutant';

const ISOLATION = 'src/database/isolation';
const FINDINGS = 'integration/database/isolation/isolation-findings';
const GATE = 'integration/database/isolation/isolation-gate';
const BROKEN =
  'The isolation gate keeps everybody out, and opens again once its own advice has been followed, where';
const GATE_IS_OPEN = /The gate is open|toContain/;

/** What watches the third layer. */
export const GATE_MUTANTS: readonly Mutant[] = [
  mutant(
    'the gate does not see that row-level security is off',
    [
      `${ISOLATION}/table-findings.ts`,
      'if (!facts.isProtected) {',
      'if (facts.policies.length > 9) {',
    ],
    [FINDINGS, `${BROKEN} row-level security does not bind the owner`, GATE_IS_OPEN],
  ),
  mutant(
    'the gate does not read policies',
    [
      `${ISOLATION}/table-findings.ts`,
      "return !isRestrictive && command === 'all' && using === own && (check ?? using) === own;",
      "return own.length > 0 || isRestrictive || command === 'all' || using === check;",
    ],
    [FINDINGS, `${BROKEN} a policy shows what is completed, and takes it`, GATE_IS_OPEN],
  ),
  mutant(
    'the gate accepts more rights',
    [`${ISOLATION}/table-findings.ts`, '!needed.includes(right)', `right === 'delete'`],
    [FINDINGS, `${BROKEN} rows can be removed past every policy`, GATE_IS_OPEN],
  ),
  mutant(
    'the gate does not see triggers',
    [`${ISOLATION}/table-facts.ts`, 'not tgisinternal', 'tgisinternal and false'],
    [FINDINGS, `${BROKEN} a trigger runs in the transactions of users`, GATE_IS_OPEN],
  ),
  mutant(
    'the gate does not see the detour by a view',
    [
      `${ISOLATION}/table-facts.ts`,
      `where classid = 'pg_rewrite'::regclass and`,
      'where false and',
    ],
    [
      FINDINGS,
      `${BROKEN} a view shows the rows of everybody, also by way of another`,
      GATE_IS_OPEN,
    ],
  ),
  mutant(
    'the gate accepts a default scope',
    [
      `${ISOLATION}/session-findings.ts`,
      'if (!preset.includes(setting) && remedies.length === 0) return [];',
      'if (!preset.includes(setting) || remedies.length >= 0) return [];',
    ],
    [FINDINGS, `${BROKEN} sessions begin in the scope of a user`, GATE_IS_OPEN],
  ),
  mutant(
    'the gate looks after the foreign key of tasks alone',
    [`${ISOLATION}/table-facts.ts`, 'owner_column is null or', `name <> 'tasks' or`],
    [FINDINGS, `${BROKEN} foreign keys are switched off, on any table`],
  ),
  mutant(
    'the gate accepts another isolation level',
    [`${ISOLATION}/isolation-plan.ts`, `  default_transaction_isolation: 'read committed',\n`, ''],
    [FINDINGS, `${BROKEN} transactions are of another isolation level`, GATE_IS_OPEN],
  ),
  mutant(
    'the gate does not see what a session may become',
    [`${ISOLATION}/session-findings.ts`, '    ...becomingFindings(facts),\n', ''],
    [
      GATE,
      'The isolation gate keeps out a login without startup options, and opens once its advice has been followed, that is a member of pg_read_all_data',
      GATE_IS_OPEN,
    ],
  ),
  mutant(
    'the gate does not see what shadows the tables',
    [`${ISOLATION}/session-findings.ts`, '    ...pathFindings(facts),\n', ''],
    [
      GATE,
      'The isolation gate keeps out a login without startup options, and opens once its advice has been followed, that finds other tables of the same names first',
      GATE_IS_OPEN,
    ],
  ),
  mutant(
    'the gate does not compare the functions of the feed',
    [
      `${ISOLATION}/session-findings.ts`,
      '!isPlain || !isKnown || settings.join() !== path',
      '!isPlain || settings.join() !== path',
    ],
    [FINDINGS, `${BROKEN} a write enters another scope`, GATE_IS_OPEN],
  ),
  mutant(
    'the gate believes a marked function, whoever owns it',
    [
      `${ISOLATION}/session-facts.ts`,
      'and proowner = all (\n            select relowner from pg_class where oid = any ($5::oid[]))',
      '',
    ],
    [
      'integration/database/isolation/later-migrations',
      'A server of an earlier release, whose functions a later one replaces, refuses a function of another owner, whatever its mark',
    ],
  ),
  mutant(
    'the gate does not read the policies of numbers',
    [
      `${ISOLATION}/table-findings.ts`,
      'isRestrictive && policy.command === command && policy.using === using && policy.check === check',
      'isRestrictive && policy.command === command',
    ],
    [FINDINGS, `${BROKEN} writes without a number pass where something is completed`, GATE_IS_OPEN],
  ),
  mutant(
    'the gate does not miss a policy of numbers',
    [
      `${ISOLATION}/table-findings.ts`,
      'policies.length !== 1 + narrowing.length || others.length > 0',
      'policies.length < 1 || others.length > 0',
    ],
    [FINDINGS, `${BROKEN} deletions without a number are accepted`, GATE_IS_OPEN],
  ),
  mutant(
    'the gate accepts a number that is there at the start',
    [`${ISOLATION}/isolation-plan.ts`, `  'app.change': 'with a number of a feed',\n`, ''],
    [FINDINGS, `${BROKEN} sessions begin with a number`, GATE_IS_OPEN],
  ),
];
