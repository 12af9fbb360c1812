import { escapeIdentifier } from 'pg';
import { settingsOfLogin } from '../session/database-session';
import { isSearchPathOf, searchPathOf } from '../session/search-path';
import type { Finding } from '../finding';
import type { IsolationFacts } from './isolation-facts';
import { FUNCTIONS, RIGHTS, SETTINGS, UNSET } from './isolation-plan';
import type { SettingDefault } from './session-facts';

const ROLE = 'task_api';

/** About the session: its powers, what it may become, and how it begins. */
export function sessionFindings(facts: IsolationFacts): readonly Finding[] {
  const powers = powerFindings(facts);
  // A superuser has every other finding, too.
  if (facts.powers.includes('SUPERUSER')) return powers;
  return [
    ...powers,
    ...ownershipFindings(facts),
    ...memberFindings(facts),
    ...becomingFindings(facts),
    ...reservedFindings(facts),
    ...parameterFindings(facts),
    ...functionFindings(facts),
    ...creationFindings(facts),
    ...settingFindings(facts),
    ...pathFindings(facts),
    ...presetFindings(facts),
  ];
}

function powerFindings({ user, powers, schema }: IsolationFacts): Finding[] {
  const remedies =
    user === ROLE
      ? [`alter role ${ROLE} ${powers.map((power) => `no${power.toLowerCase()}`).join(' ')};`]
      : loginRemedies(schema);
  return powers.map((power) => ({
    what: `${user} ${power === 'SUPERUSER' ? 'is a superuser' : `has ${power}`}`,
    remedies,
  }));
}

function ownershipFindings({ user, tables, administrator, schema }: IsolationFacts): Finding[] {
  const owned = tables.filter((table) => table.owned);
  if (owned.length === 0) return [];
  const what = `${user} owns ${owned.map(({ name }) => name).join(' and ')}`;
  const direct = owned.filter(({ owner }) => owner === user);
  // If it only may become the owner, that membership is a separate finding.
  if (direct.length === 0) return [{ what, remedies: [] }];
  if (user !== ROLE) return [{ what, remedies: loginRemedies(schema) }];
  const remedies = direct.flatMap(({ name, sql }) => [
    `alter table ${sql} owner to ${administrator};`,
    `grant ${RIGHTS[name].join(', ')} on ${sql} to ${ROLE};`,
  ]);
  return [{ what, remedies }];
}

/** For a login that has too many rights by itself. */
function loginRemedies(schema: string): string[] {
  return [
    `create role task_api_login login password '…' in role ${ROLE};  -- and name it in DATABASE_URL`,
    ...settingsOfLogin('task_api_login', { schema }),
  ];
}

function memberFindings({ login, user, member, functions, schema }: IsolationFacts): Finding[] {
  if (!member) {
    const remedies = [`grant ${ROLE} to ${escapeIdentifier(login)};`];
    return [{ what: `${login} is not a member of ${ROLE}`, remedies }];
  }
  return functions
    .filter(({ isExecutable }) => !isExecutable)
    .map(({ name }) => {
      const sql = `${escapeIdentifier(schema)}.${name}(${FUNCTIONS[name].types})`;
      return {
        what: `${user} may not call ${name}`,
        remedies: [`grant execute on function ${sql} to ${ROLE};`],
      };
    });
}

function becomingFindings({ memberships }: IsolationFacts): Finding[] {
  return memberships.map(({ member, direct, reaches }) => ({
    what: `${member} is a member of ${direct}, and with that may become ${reaches}`,
    remedies: [`revoke ${direct} from ${member};`],
  }));
}

function reservedFindings({ user, reserved }: IsolationFacts): Finding[] {
  return reserved.map(({ right, sql, grantees }) => ({
    what: `${user} may ${right} on ${sql}, which PostgreSQL keeps from ordinary roles`,
    remedies: [`revoke ${right} on ${sql} from ${grantees.join(', ')};`],
  }));
}

/** Some of them let a session ignore foreign keys or policies. It needs none. */
function parameterFindings({ user, parameters }: IsolationFacts): Finding[] {
  return parameters.map(({ parameter, grantees }) => ({
    what: `${user} has a right on the parameter ${parameter}, which it never needs`,
    remedies: [`revoke all on parameter ${parameter} from ${grantees.join(', ')};`],
  }));
}

/** Another body could set another scope, or keep this one for the next transaction. */
function functionFindings({ functions, schema }: IsolationFacts): Finding[] {
  return functions
    .filter(({ name, isPlain, body, settings, isOfLater }) => {
      const planned = FUNCTIONS[name];
      const path = planned.hasPath ? 'search_path' : '';
      const isKnown = body === planned.body || isOfLater;
      return !isPlain || !isKnown || settings.join() !== path;
    })
    .map(({ name }) => {
      const { parameters, returns, body, hasPath } = FUNCTIONS[name];
      const sql = `${escapeIdentifier(schema)}.${name}(${parameters})`;
      return {
        what: `${name} is not the function that the migrations made`,
        remedies: [
          `create or replace function ${sql} returns ${returns} language plpgsql${hasPath ? ` set search_path = ${searchPathOf({ schema })}` : ''} as $$ ${body} $$;`,
        ],
      };
    });
}

function creationFindings({ user, creates }: IsolationFacts): Finding[] {
  return creates.map((place) => ({
    what: `${user} may create objects in the ${place}, which could take the place of others`,
    remedies: [`revoke create on ${place} from public, ${escapeIdentifier(user)};`],
  }));
}

/** Behind a pooler a session cannot set them itself, so its login has to. */
function settingFindings(facts: IsolationFacts): Finding[] {
  const { TimeZone, DateStyle, statement_timeout: statement, lock_timeout: lock } = facts.settings;
  const limits = [
    ...(TimeZone === 'UTC' ? [] : [`the time zone is ${TimeZone}, not UTC`]),
    ...(DateStyle?.startsWith('ISO') === true ? [] : [`the date style is ${DateStyle}, not ISO`]),
    ...(statement === '0' ? ['statements have no time-out'] : []),
    ...(lock === '0' ? ['waiting for a lock has no time-out'] : []),
  ].map((what) => ({ what, remedies: settingsOfLogin(facts.login, facts) }));
  const others = Object.entries(SETTINGS)
    .filter(([name, value]) => facts.settings[name] !== value)
    .map(([name, value]) => {
      const causes = resets(facts.defaults, name);
      const ofLogin = `alter role ${escapeIdentifier(facts.login)} set ${name} = '${value}';`;
      return {
        what: `${name} is ${facts.settings[name]}, not ${value}`,
        // Without a default of this database, it is the server's, which others may need.
        remedies: causes.length > 0 ? causes : [ofLogin],
      };
    });
  return [...limits, ...others].map(({ what, remedies }) => ({
    what: `in a session of ${facts.login} ${what}`,
    remedies,
  }));
}

/** Another schema could hold other tables, functions or operators of the same names. */
function pathFindings({ login, settings, schema, defaults }: IsolationFacts): Finding[] {
  const { search_path: path = '' } = settings;
  if (isSearchPathOf({ schema }, path)) return [];
  const wanted = searchPathOf({ schema });
  const what = `in a session of ${login} the search_path is ${path}, not ${wanted}`;
  const remedies = [
    ...resets(defaults, 'search_path'),
    `alter role ${escapeIdentifier(login)} set search_path = ${wanted};`,
  ];
  return [{ what, remedies }];
}

/** A statement without a scope would then run in that user's, and one without a number would write. */
function presetFindings({ login, preset, defaults }: IsolationFacts): Finding[] {
  return Object.entries(UNSET).flatMap(([setting, how]) => {
    const remedies = resets(defaults, setting);
    if (!preset.includes(setting) && remedies.length === 0) return [];
    const inFile = `-- remove ${setting} from postgresql.conf, then: select pg_reload_conf();`;
    return [
      {
        what: `a session of ${login} begins ${how}: ${setting} has a default`,
        remedies: remedies.length > 0 ? remedies : [inFile],
      },
    ];
  });
}

function resets(defaults: readonly SettingDefault[], name: string): string[] {
  return defaults
    .filter(({ setting }) => setting.toLowerCase() === name.toLowerCase())
    .map(({ role, database }) => {
      const inDatabase = database === null ? '' : escapeIdentifier(database);
      if (role === null && inDatabase !== '') return `alter database ${inDatabase} reset ${name};`;
      const who = role === null ? 'all' : escapeIdentifier(role);
      return `alter role ${who}${inDatabase && ` in database ${inDatabase}`} reset ${name};`;
    });
}
