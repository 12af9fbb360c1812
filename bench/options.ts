import { parseArgs } from 'node:util';
import { checkout, CONTESTANTS, type Contestant, peer, variant } from './contestants/contestants';
import { HOSTILE_KINDS } from './fairness';
import type { GeneratorName } from './load/load-generator';
import type { Distribution } from './random';
import { ROUTE_NAMES, type RouteName } from './routes';

export const USAGE = `npm run bench -- [compare|growth|rls|fairness|distance|streams|citus|chart] [options]

  compare   each contestant on each route, in random order, round by round (the default)
  growth    this API alone, while the tables grow from 10^4 to 10^7 tasks
  rls       the cost of row-level security and of the scope of each statement
  fairness  a quiet user beside a hostile one
  distance  this API and the usual way, with the database 1, 5 and 25 ms away
  streams   1,000 idle streams of events; how late events of 100 watched users are under load
  citus     this API on one PostgreSQL and on Citus: on the cluster of this machine that CITUS_URL names
  chart     draws a chart from results: chart RESULTS.json

  --quick               as little as possible: checks that everything works and answers right
  --rounds N            rounds (7)
  --seconds N           seconds of each measurement (5)
  --warmup N            requests before each measurement (10000)
  --connections N       connections of the closed loop (32)
  --contestants a,b     of: ${CONTESTANTS.map(({ name }) => name).join(', ')}
  --routes a,b          of: ${ROUTE_NAMES.join(', ')}
  --tasks N --users N   size of the data (1000000 of 10000)
  --distribution D      of users: uniform or zipf (uniform)
  --generator G         wrk or autocannon (wrk where installed)
  --pool N              connections of every pool, instead of the best one for each contestant
  --open-loop-rounds N  rounds at a constant rate, 50 % and 80 % of saturation (3; 0: none)
  --variant n:K=V,K=V   also measures this API with other settings; again and again
  --checkout name=PATH  also measures another commit of this API, built in PATH; again and again
  --peer name=URL       also measures a server that runs already, again and again
  --largest N           growth: tasks of the largest table (10000000)
  --beside a,b          fairness: of ${HOSTILE_KINDS.map(({ key }) => key).join(', ')}
  --out PATH            results go to PATH.json and PATH.svg (bench/results/<time>)
`;

/** A mistake on the command line. */
export class UsageError extends Error {}

const MODES = [
  'compare',
  'growth',
  'rls',
  'fairness',
  'distance',
  'streams',
  'citus',
  'chart',
] as const;
/** What `distance` compares. */
const FAR_APART = 'task-api,usual';

export interface Options {
  readonly mode: (typeof MODES)[number] | 'help';
  readonly files: readonly string[];
  readonly quick: boolean;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmup: number;
  readonly connections: number;
  readonly contestants: readonly Contestant[];
  readonly routes: readonly RouteName[];
  readonly tasks: number;
  readonly users: number;
  readonly distribution: Distribution;
  readonly generator: GeneratorName | undefined;
  readonly pool: number | undefined;
  readonly openLoopRounds: number;
  readonly openLoopSeconds: number;
  readonly idleSeconds: number;
  readonly largest: number;
  /** Indices of hostile kinds. */
  readonly beside: readonly number[];
  readonly out: string;
}

const NUMBERS = {
  rounds: 7,
  seconds: 5,
  warmup: 10_000,
  connections: 32,
  tasks: 1_000_000,
  users: 10_000,
  'open-loop-rounds': 3,
  largest: 10_000_000,
};
const QUICK_NUMBERS: Partial<typeof NUMBERS> = {
  rounds: 1,
  seconds: 1,
  warmup: 64,
  tasks: 2_000,
  users: 20,
  'open-loop-rounds': 1,
  largest: 10_000,
};

/** @throws UsageError */
export function parseOptions(args: readonly string[], startedAt: Date): Options {
  const { values, positionals } = parse(args);
  const quick = values.quick === true;
  const number = (name: keyof typeof NUMBERS): number => {
    const given = values[name];
    if (given === undefined) return (quick ? QUICK_NUMBERS[name] : undefined) ?? NUMBERS[name];
    return wholeNumber(name, given);
  };
  const [mode = 'compare', ...files] = positionals;
  const chosen = values.contestants ?? (mode === 'distance' ? FAR_APART : undefined);
  const contestants = oneOrMore('contestants', chosen, CONTESTANTS, ({ name }) => name);
  return {
    mode: values.help === true ? 'help' : oneOf('mode', mode, MODES),
    files,
    quick,
    rounds: number('rounds'),
    seconds: number('seconds'),
    warmup: number('warmup'),
    connections: number('connections'),
    contestants: [
      ...contestants.filter(
        (contestant) =>
          chosen !== undefined || !(contestant.kind === 'server' && contestant.isOptional === true),
      ),
      ...(values.variant ?? []).map(variant),
      ...(values.checkout ?? []).map(checkout),
      ...(values.peer ?? []).map(peer),
    ],
    routes: oneOrMore('routes', values.routes, ROUTE_NAMES, (name) => name),
    tasks: number('tasks'),
    users: number('users'),
    distribution: oneOf('distribution', values.distribution, ['uniform', 'zipf']),
    generator:
      values.generator === undefined
        ? undefined
        : oneOf('generator', values.generator, ['wrk', 'autocannon'] as const),
    pool: values.pool === undefined ? undefined : wholeNumber('pool', values.pool),
    openLoopRounds: number('open-loop-rounds'),
    openLoopSeconds: quick ? 0.2 : number('seconds'),
    idleSeconds: quick ? 0.1 : 3,
    largest: number('largest'),
    beside: oneOrMore('beside', values.beside, HOSTILE_KINDS, ({ key }) => key).map((kind) =>
      HOSTILE_KINDS.indexOf(kind),
    ),
    out: values.out ?? `bench/results/${startedAt.toISOString().replaceAll(/[:.]/g, '-')}`,
  };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean' },
        quick: { type: 'boolean' },
        rounds: text,
        seconds: text,
        warmup: text,
        connections: text,
        contestants: text,
        routes: text,
        tasks: text,
        users: text,
        distribution: { type: 'string', default: 'uniform' },
        generator: text,
        pool: text,
        'open-loop-rounds': text,
        variant: { type: 'string', multiple: true },
        checkout: { type: 'string', multiple: true },
        peer: { type: 'string', multiple: true },
        largest: text,
        beside: text,
        out: text,
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError(`--${name} ${text}: expected a whole number`);
}

function oneOf<Value extends string>(name: string, text: string, values: readonly Value[]): Value {
  const value = values.find((known) => known === text);
  if (value === undefined) throw new UsageError(`${name} ${text}: expected ${values.join(' or ')}`);
  return value;
}

function oneOrMore<Value>(
  name: string,
  text: string | undefined,
  all: readonly Value[],
  nameOf: (value: Value) => string,
): readonly Value[] {
  if (text === undefined) return all;
  return text.split(',').map((wanted) => {
    const value = all.find((known) => nameOf(known) === wanted);
    if (value !== undefined) return value;
    throw new UsageError(`--${name} ${wanted}: expected ${all.map(nameOf).join(', ')}`);
  });
}
