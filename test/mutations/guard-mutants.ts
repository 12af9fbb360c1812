import { type Mutant, mutant } from './mutant';

const GUARD = 'src/user-scope/user-scope.guard.ts';
const UNIT_GUARD = 'unit/user-scope/user-scope.guard';

/** The first layer: who may touch whose rows. */
export const GUARD_MUTANTS: readonly Mutant[] = [
  mutant(
    'the guard lets everybody into every path',
    [GUARD, `throw new ProblemError('forbidden');`, 'void 0;'],
    [
      UNIT_GUARD,
      'the guard refuses the path of "1c1d2e3f-4a5b-8c6d-9e7f-8091a2b3c4d5", and mints nothing',
      /It was accepted/,
    ],
  ),
  {
    ...mutant(
      'the guard mints the scope of the path',
      [GUARD, `throw new ProblemError('forbidden');`, 'void 0;'],
      [
        UNIT_GUARD,
        'the guard refuses the path of "1c1d2e3f-4a5b-8c6d-9e7f-8091a2b3c4d5", and mints nothing',
        /It was accepted/,
      ],
    ),
    edits: [
      { file: GUARD, from: `throw new ProblemError('forbidden');`, to: 'void 0;' },
      {
        file: GUARD,
        from: 'UserScope.of(identity.userId,',
        to: 'UserScope.of(pathUser ?? identity.userId,',
      },
    ],
  },
  mutant(
    'a route is open unless it says otherwise',
    [GUARD, '?? false', '?? true'],
    [UNIT_GUARD, 'the guard mints the scope of the caller for the path of me, at once'],
  ),
  mutant(
    'a token may do what it names no scope for',
    [GUARD, 'scope !== undefined && !holds', 'scope === undefined && !holds'],
    [UNIT_GUARD, 'the guard asks for the scope of the route: {} may: false', /It was accepted/],
  ),
  mutant(
    'requests are served while the isolation is lost',
    [GUARD, 'if (lost !== undefined) throw lost;', 'void lost;'],
    [
      UNIT_GUARD,
      'the guard mints nothing while the database does not isolate users',
      /did not throw/,
    ],
  ),
];
