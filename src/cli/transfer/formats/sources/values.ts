import { isTimeZone } from '../../../../tasks/dto/time-rules';
import type { Fields, Rule } from './source-task';

export const asTitle: Rule = (value) => ({ title: value });
/** Programs write an empty text where there is none. */
export const asDescription: Rule = (value) => ({ description: value === '' ? null : value });
export const asParent: Rule = (value) => (saysId(value) ? { parent: String(value) } : {});
export const asSourceId: Rule = (value) => (saysId(value) ? { source_id: String(value) } : {});
/** These describe the value; they are no part of the task. */
export const asNothing: Rule = () => ({});

function saysId(value: unknown): value is string | number {
  return (typeof value === 'string' && value !== '') || (typeof value === 'number' && value !== 0);
}

/** Names of tags, given as texts or as objects with a name. */
export const asTags: Rule = (value) => {
  if (!Array.isArray(value)) return undefined;
  const names = value.map((tag: unknown) => (isRecord(tag) ? tag['title'] : tag));
  return names.every((name) => typeof name === 'string') ? { tags: names } : undefined;
};

/** @param states what the program writes for done and for open; others are not understood */
export function asCompleted(states: Readonly<Record<string, boolean>>): Rule {
  return (value) => {
    const state = String(value);
    const completed = Object.hasOwn(states, state) ? states[state] : undefined;
    return completed === undefined ? undefined : { completed };
  };
}

/** @param levels what the program writes for each of ours, 0 none to 4 highest */
export function asPriority(levels: Readonly<Record<string, number>>): Rule {
  return (value) => {
    const level = String(value).trim().toLowerCase();
    const priority = Object.hasOwn(levels, level) ? levels[level] : undefined;
    return priority === undefined ? undefined : { priority };
  };
}

/** A time as the API takes it, whatever its program writes between date, time and zone. */
export function asTime(field: 'created_at' | 'updated_at' | 'completed_at'): Rule {
  return (value) => (isNoTime(value) ? {} : { [field]: rfc3339(value) });
}

function rfc3339(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const [, day, time = '00:00:00', zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?))?(Z|[+-]\d\d:?\d\d)?$/i.exec(
      value.trim(),
    ) ?? [];
  if (day === undefined) return value;
  const seconds = time.length === '00:00'.length ? `${time}:00` : time;
  const offset = zone.length === '+0000'.length ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone;
  return `${day}T${seconds}${offset.toUpperCase()}`;
}

/** Go programs write their zero time for none. */
function isNoTime(value: unknown): boolean {
  return value === null || value === '' || (typeof value === 'string' && value.startsWith('0001-'));
}

/** A moment as it is on the clock of a zone; of a day alone without its time. */
export function dueAt(moment: unknown, zone: string, allDay: boolean): Fields | undefined {
  if (isNoTime(moment)) return {};
  const ms = Date.parse(String(rfc3339(moment)));
  if (Number.isNaN(ms)) return undefined;
  const timeZone = isTimeZone(zone) ? zone : 'UTC';
  // Swedish writes dates as ISO 8601 does.
  const local = new Date(ms).toLocaleString('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'short',
  });
  const [day = '', time = ''] = local.split(' ');
  return allDay ? { due: day } : { due: `${day}T${time}`, time_zone: timeZone };
}

/** Programs of Microsoft name zones in their own way, such as `W. Europe Standard Time`. */
export function zoneNamed(name: unknown): Fields {
  if (typeof name !== 'string' || name === '') return {};
  return isTimeZone(name) ? { time_zone: name } : { unknown_time_zone: name };
}

/**
 * A task keeps its times of creation and last change. If a program exports only the latter, it
 * counts for both; clocks may differ a little.
 */
export function withTimesInOrder(fields: Fields): Fields {
  const { created_at: created = fields.updated_at, updated_at: updated } = fields;
  if (typeof created !== 'string') return fields;
  const isBefore = typeof updated === 'string' && Date.parse(updated) < Date.parse(created);
  return { ...fields, created_at: created, ...(isBefore && { updated_at: created }) };
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
