import ICAL from 'ical.js';
import { type Line, linesOf } from './lines';
import { type RejectedRow, type SourceFile, type SourceRow, UnreadableFile } from './source-row';
import { withKnownRule } from './source-rule';
import { type Fields, type Rule, readTask, rulesByName } from './source-task';
import {
  asCompleted,
  asNothing,
  asParent,
  asPriority,
  asTime,
  asTitle,
  withTimesInOrder,
  zoneNamed,
} from './values';

/** A VTODO with all that is in it; attachments may be in it as well. */
const LONGEST_COMPONENT_BYTES = 16 * 1024 * 1024;

/** Tasks (VTODO) of an iCalendar file (RFC 5545), one at a time. */
export async function* readIcs({ bytes }: SourceFile): AsyncGenerator<SourceRow> {
  let component: Component | undefined;
  let isCalendar = false;
  for await (const line of linesOf(bytes, LONGEST_COMPONENT_BYTES)) {
    const text = line.text.replace(/\r$/, '');
    const [, edge, name = ''] = /^(BEGIN|END):([\w-]+)\s*$/i.exec(text) ?? [];
    if (component === undefined) {
      isCalendar ||= edge?.toUpperCase() === 'BEGIN' && name.toUpperCase() === 'VCALENDAR';
      const property = /^([\w-]+)[:;]/.exec(text)?.[1]?.toUpperCase();
      if (edge === undefined && property !== undefined && !OF_ANY_CALENDAR.includes(property)) {
        yield { place: `line ${line.number}`, other: `calendar property ${property}` };
      }
      if (edge?.toUpperCase() !== 'BEGIN' || name.toUpperCase() === 'VCALENDAR') continue;
      component = begun(line, name);
    }
    add(component, text);
    if (edge !== undefined) component.depth += edge.toUpperCase() === 'BEGIN' ? 1 : -1;
    if (component.depth > 0) continue;
    yield* rowsOf(component);
    component = undefined;
  }
  if (component !== undefined) {
    throw new UnreadableFile('begins a component that has no END line', component.place);
  }
  if (!isCalendar)
    throw new UnreadableFile('is not an iCalendar file: it must begin with BEGIN:VCALENDAR');
}

/** They describe the format of the file. */
const OF_ANY_CALENDAR = ['VERSION', 'PRODID', 'CALSCALE', 'METHOD'];

interface Component {
  readonly place: string;
  readonly name: string;
  readonly lines: string[];
  length: number;
  depth: number;
}

function begun({ number }: Line, name: string): Component {
  return { place: `line ${number}`, name: name.toUpperCase(), lines: [], length: 0, depth: 0 };
}

function add(component: Component, text: string): void {
  component.length += text.length;
  if (component.length > LONGEST_COMPONENT_BYTES) {
    throw new UnreadableFile('begins a component of more than 16 MiB', component.place);
  }
  component.lines.push(text);
}

const OTHERS: ReadonlyMap<string, string> = new Map([
  ['VEVENT', 'event'],
  ['VJOURNAL', 'journal entry'],
  ['VFREEBUSY', 'free/busy time'],
]);

function* rowsOf({ place, name, lines }: Component): Generator<SourceRow> {
  // The rules of the time zones, which are known here by name.
  if (name === 'VTIMEZONE') return;
  if (name !== 'VTODO') {
    yield { place, other: OTHERS.get(name) ?? name };
    return;
  }
  const rejected = icsRejected(lines);
  try {
    yield { place, task: todoOf(lines), rejected };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    yield { place, fault: 'is not iCalendar: a line of it has no name or no value', rejected };
  }
}

type Property = readonly [
  name: string,
  parameters: Readonly<Record<string, string | readonly string[]>>,
  type: string,
  ...values: unknown[],
];

function todoOf(lines: readonly string[]) {
  const [, properties, components] = ICAL.parse(lines.join('\r\n')) as unknown as [
    string,
    readonly Property[],
    readonly (readonly [string])[],
  ];
  const categories = properties.filter(([name]) => name === CATEGORIES);
  const entries = [
    ...properties.filter(([name]) => name !== CATEGORIES).map((one) => [one[0], one] as const),
    ...(categories.length > 0 ? [[CATEGORIES, categories] as const] : []),
    ...components.map(([name]) => [name, name] as const),
  ];
  const { fields, others } = readTask(entries, rulesByName(RULES));
  const names = others.map((name) => name.toUpperCase());
  const isCancelled = properties.some(
    ([name, , , value]) => name === 'status' && value === 'CANCELLED',
  );
  const all = { ...withOwnId(fields), ...(isCancelled && { completed: true }) };
  return { fields: withKnownRule(withTimesInOrder(all)), others: [...new Set(names)] };
}

/** May occur several times, each with several values. */
const CATEGORIES = 'categories';

/** A rule for the first value of a property. */
function of(rule: Rule): Rule {
  return (property) => rule((property as Property)[3]);
}

const RULES: Readonly<Record<string, Rule>> = {
  uid: of((value) => ({ source_id: value })),
  summary: of(asTitle),
  description: of((value) => ({ description: value })),
  status: of(asCompleted({ COMPLETED: true, 'NEEDS-ACTION': false })),
  completed: of((value) => ({ completed: true, ...asTime('completed_at')(value) })),
  'percent-complete': of((value) => (value === 100 ? { completed: true } : undefined)),
  created: of(asTime('created_at')),
  'last-modified': of(asTime('updated_at')),
  // When the file was written.
  dtstamp: asNothing,
  due: dueOf,
  priority: of(asPriority({ 0: 0, 1: 4, 2: 3, 3: 3, 4: 3, 5: 2, 6: 1, 7: 1, 8: 1, 9: 1 })),
  [CATEGORIES]: (all) => ({ tags: (all as readonly Property[]).flatMap((one) => one.slice(3)) }),
  'related-to': (property) => {
    const [, { reltype = 'PARENT' }, , id] = property as Property;
    if (reltype !== 'PARENT') return undefined;
    return UUID_V7.test(String(id)) ? { parent_id: id } : asParent(id);
  },
  rrule: of((value) => ({ recurrence: String(ICAL.Recur.fromData(value as object)) })),
  'x-import-fault': asNothing,
};

function dueOf(property: unknown): Fields | undefined {
  const [, { tzid }, , value] = property as Property;
  const [, day, time, utc] =
    /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d):\d\d(Z?))?$/.exec(String(value)) ?? [];
  if (day === undefined) return undefined;
  if (time === undefined) return { due: day };
  const zone = utc === 'Z' ? 'UTC' : tzid;
  return { due: `${day}T${time}`, ...zoneNamed(zone) };
}

const UUID_V7 = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/i;

/** A task that was exported from here has its id again, whose time has the milliseconds too. */
function withOwnId({ source_id: uid, ...fields }: Fields): Fields {
  if (typeof uid !== 'string' || !UUID_V7.test(uid)) return { ...fields, source_id: uid };
  const ms = Number.parseInt(uid.slice(0, 8) + uid.slice(9, 13), 16);
  const isOwn = Math.floor(ms / 1_000) * 1_000 === Date.parse(String(fields.created_at));
  if (!isOwn) return { ...fields, source_id: uid };
  return { ...fields, id: uid, created_at: new Date(ms).toISOString() };
}

function icsRejected(lines: readonly string[]): RejectedRow {
  const [begin = '', ...rest] = lines;
  const text = (fault: string): string =>
    [begin, `X-IMPORT-FAULT:${fault.replaceAll(/[\\;,]/g, '\\$&')}`, ...rest, ''].join('\r\n');
  return {
    head: 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Task API//EN\r\n',
    text,
    tail: 'END:VCALENDAR\r\n',
  };
}
