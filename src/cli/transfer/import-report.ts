import { counted, grouped } from '../option-values';
import { rate } from '../progress';
import type { SourceFormat } from './formats/sources/source-formats';
import type { Checked } from './import-tasks';

export interface ImportOutcome {
  readonly imported: Checked;
  readonly from: SourceFormat;
  /** `--rejects`. */
  readonly rejects: string | undefined;
  readonly dryRun: boolean;
  readonly seconds: number;
}

/** For people. */
export function describeImport(outcome: ImportOutcome): string {
  const { imported, from, dryRun, seconds } = outcome;
  const { tasks, newTasks, faults, leftOut } = imported;
  const there = tasks - newTasks;
  const perSecond = counted(rate(tasks + faults.count, seconds), 'row');
  const first =
    `${dryRun ? 'Would import' : 'Imported'} ${counted(newTasks, 'task')}, read as ${from},` +
    ` in ${seconds.toFixed(1)} s (${perSecond}/s)` +
    (there === 0 ? '' : `; ${grouped(there)} ${there === 1 ? 'was' : 'were'} there already`);
  const lines = [
    first,
    ...(dryRun ? ['Nothing was imported, because of --dry-run'] : []),
    ...rejectedLines(outcome),
    ...leftOut.lines('a task'),
  ];
  return `${lines.join('\n')}\n`;
}

function rejectedLines({ imported: { faults }, rejects }: ImportOutcome): readonly string[] {
  if (rejects === undefined) return [];
  if (faults.count === 0) return [`No row was rejected: ${rejects} is empty`];
  const rows = `${counted(faults.count, 'row')} ${faults.count === 1 ? 'was' : 'were'}`;
  return [`${rows} rejected and written to ${rejects}:`, ...faults.lines()];
}

/** For programs. */
export function importJson({ imported, from, dryRun, seconds }: ImportOutcome): string {
  const { tasks, newTasks, faults, leftOut } = imported;
  const answer = {
    from,
    dry_run: dryRun,
    tasks,
    new_tasks: newTasks,
    rejected: faults.count,
    left_out: leftOut,
    seconds: Number(seconds.toFixed(3)),
  };
  return `${JSON.stringify(answer)}\n`;
}
