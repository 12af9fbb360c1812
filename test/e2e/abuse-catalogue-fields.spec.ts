import { type Abuse, create, createFaulty, describeAbuses } from '../support/http/abuse';
import {
  ETAG,
  type Answer,
  createdAnswer,
  problemAnswer,
  taskAnswer,
} from '../support/http/answers';

const NESTED = 'must not be an object or array';
const TIMESTAMP =
  'must be an RFC 3339 date and time with a time zone, such as 2026-01-31T09:30:00Z';

const DUE = '2026-12-01';
const RULES: readonly (readonly [id: string, fields: object, detail: string])[] = [
  [
    'B13',
    { recurrence: `FREQ=WEEKLY;BYDAY=${'MO,'.repeat(90)}TU` },
    'must have at most 255 characters',
  ],
  ['B15', { recurrence: 7 }, 'must be a string or null'],
  ['B15', { recurrence: ['FREQ=DAILY'] }, NESTED],
  [
    'B15',
    { recurrence: 'FREQ=DAILY;COLOUR=RED' },
    'must have no part but FREQ, INTERVAL, BYDAY, BYMONTHDAY, UNTIL',
  ],
  [
    'B15',
    { recurrence: 'FREQ=DAILY;COUNT=3' },
    'must not have COUNT: send UNTIL, the last date, such as UNTIL=20271231',
  ],
  ['B15', { recurrence: 'FREQ=DAILY;UNTIL=20261130' }, 'must have an UNTIL that is not before due'],
  [
    'B15',
    { recurrence: 'FREQ=DAILY', due: null },
    'must be null, or absent, where due is null: the rule starts there',
  ],
  [
    'B15',
    { recurrence: 'FREQ=WEEKLY;BYDAY=MO' },
    'must have the day of due among its days: the rule starts there',
  ],
  ['B15', { recurrence_from: 'start' }, 'must be due or completion'],
];

const verbatim = (id: string, title: string): Abuse =>
  create(
    id,
    title,
    JSON.stringify({ title, description: title }),
    createdAnswer({ title, description: title }),
  );
const put = (id: string, fields: object, pointer: string, detail: string): Abuse => [
  id,
  `PUT ${JSON.stringify(fields)}`,
  ({ app, caller, task }) =>
    app.send('put', `/api/me/tasks/${task.id}`, caller).send({ title: 'x', ...fields }),
  problemAnswer('validation', { errors: [{ pointer, detail }] }),
];
const patch = (id: string, body: object, answer: Answer): Abuse => [
  id,
  `PATCH ${JSON.stringify(body)}`,
  ({ app, caller, task }) => app.send('patch', `/api/me/tasks/${task.id}`, caller).send(body),
  answer,
];

describeAbuses(
  'fields of the body',
  ['B13', 'B15', 'B16', 'B17', 'B18', 'B19', 'B21', 'B22'],
  [
    createFaulty('B13', { title: '' }, 'title', 'must not be blank'),
    createFaulty('B13', { title: '   ' }, 'title', 'must not be blank'),
    createFaulty('B13', { title: '\ufeff\u00a0\u2003\n' }, 'title', 'must not be blank'),
    createFaulty('B13', { title: 'x'.repeat(201) }, 'title', 'must have at most 200 characters'),
    createFaulty('B13', { title: '😀'.repeat(201) }, 'title', 'must have at most 200 characters'),
    createFaulty(
      'B13',
      { description: 'x'.repeat(10_001) },
      'description',
      'must have at most 10000 characters',
    ),
    ...[7, {}, [], true, null].map((title) =>
      createFaulty(
        'B15',
        { title },
        'title',
        typeof title === 'object' && title !== null ? NESTED : 'must be a string',
      ),
    ),
    ...RULES.map(([id, fields, detail]) =>
      createFaulty(id, { due: DUE, ...fields }, Object.keys(fields)[0] ?? '', detail),
    ),
    ...['true', 1, null, 0, ''].map((completed) =>
      createFaulty('B16', { completed }, 'completed', 'must be true or false'),
    ),
    ...['2147483648', '9007199254740993', '1.5', '1e400', '-1', '"1"'].map((priority): Abuse => [
      'B18',
      `POST {"priority":${priority}}`,
      ({ app, caller }) =>
        app
          .send('post', '/api/me/tasks', caller)
          .set('Content-Type', 'application/json')
          .send(`{"title":"x","priority":${priority}}`),
      problemAnswer('validation', {
        errors: [
          { pointer: '/priority', detail: 'must be a whole number from 0 (none) to 4 (highest)' },
        ],
      }),
    ]),
    ...[1, '', 'x', [], {}, '{0}', "' or true --"].map((parent) =>
      createFaulty(
        'B15',
        { parent_id: parent },
        'parent_id',
        typeof parent === 'object' ? NESTED : 'must be the id of a task, a UUID, or null',
      ),
    ),
    ...(['parent_id', 'after', 'before'] as const).map((property): Abuse => [
      'B15',
      `a task of another user as ${property}`,
      ({ app, caller, task, victimsTask }) =>
        property === 'parent_id'
          ? app
              .send('patch', `/api/me/tasks/${task.id}`, caller)
              .send({ parent_id: victimsTask.id })
          : app
              .send('post', `/api/me/tasks/${task.id}/move`, caller)
              .send({ [property]: victimsTask.id }),
      problemAnswer(property === 'parent_id' ? 'parent-invalid' : 'move-conflict', {
        errors: [
          {
            pointer: `/${property}`,
            detail: 'must be the id of a task of this user that has not been deleted',
          },
        ],
      }),
    ]),
    ...(
      [
        ['after', []],
        ['before', {}],
        ['after', 1],
        ['position', 'V'],
      ] as const
    ).map(([name, value]): Abuse => {
      const body = { [name]: value };
      return [
        'B15',
        `POST …/move ${JSON.stringify(body)}`,
        ({ app, caller, task }) =>
          app.send('post', `/api/me/tasks/${task.id}/move`, caller).send(body),
        problemAnswer('validation', {
          errors: [
            {
              pointer: `/${name}`,
              detail:
                typeof value === 'object'
                  ? NESTED
                  : name === 'position'
                    ? 'is not known here'
                    : 'must be the id of a task, a UUID, or null',
            },
          ],
        }),
      ];
    }),
    patch(
      'B17',
      {},
      problemAnswer('validation', {
        errors: [
          {
            pointer: '',
            detail:
              'must have at least one of title, description, completed, due, time_zone, recurrence, recurrence_from, priority, tags, parent_id',
          },
        ],
      }),
    ),
    patch(
      'B17',
      { description: null },
      taskAnswer(200, { title: 'Mine', description: null }, { etag: ETAG }),
    ),
    put(
      'B19',
      { created_at: '2024-02-30T00:00:00Z' },
      '/created_at',
      'must be on a day that exists',
    ),
    put('B19', { updated_at: '2024-01-01T00:00:00' }, '/updated_at', TIMESTAMP),
    put('B19', { updated_at: '10000-01-01T00:00:00Z' }, '/updated_at', TIMESTAMP),
    verbatim('B21', '<img src=x onerror=alert(1)>'),
    verbatim('B21', "'; drop table tasks; --"),
    verbatim('B21', '${{7*7}} {{7*7}} %s %n ../../etc/passwd'),
    verbatim('B21', '"quotes" \\backslashes\\ \\u0041 </script>'),
    verbatim('B22', 'é é'),
    verbatim('B22', 'مرحبا שלום'),
    verbatim('B22', '👩‍👩‍👧‍👦 🏳️‍🌈 𝒳 \u{10ffff}'),
    verbatim('B22', '😀'.repeat(200)),
  ],
);
