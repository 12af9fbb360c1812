/**
 * `node scripts/failed-tests.mjs REPORT`: the tests that failed, by the report of `jest --json`, each
 * with the first lines of its failure. `.ci/run` prints them last, where a long log is cut.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const MOST_WITH_LINES = 4;
const MOST = 20;
const LINES = 7;
const LONGEST_LINE = 160;

const { testResults } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const failures = testResults
  .flatMap(failuresOf)
  .sort((one, other) => Number(other.isFile ?? false) - Number(one.isFile ?? false));
failures.slice(0, MOST).forEach(({ name, lines }, n) => {
  console.log(name);
  if (n < MOST_WITH_LINES) for (const line of lines) console.log(`    ${line}`);
});
if (failures.length > MOST) console.log(`and ${failures.length - MOST} more`);

/** A file that could not even run has no tests, but a message. */
function failuresOf({ name, status, message, assertionResults }) {
  const file = pathInProject(name);
  const tests = assertionResults
    .filter((test) => test.status === 'failed')
    .map(({ fullName, failureMessages }) => ({
      name: clip(`${file} › ${fullName}`),
      lines: firstLines(failureMessages[0] ?? ''),
    }));
  if (tests.length > 0 || status !== 'failed') return tests;
  return [{ isFile: true, name: `${file} did not run`, lines: firstLines(message) }];
}

/** What was expected, and the line of the test that expected it. */
function firstLines(message) {
  const lines = stripVTControlCharacters(message)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const stack = lines.findIndex((line) => line.startsWith('at '));
  const text = stack < 0 ? lines : lines.slice(0, stack);
  const place = lines.slice(text.length).find((line) => /\.spec\.[jt]s:/.test(line));
  return [...text.slice(0, LINES), ...(place === undefined ? [] : [place])].map(clip);
}

/** The report may come from another copy of the project. */
function pathInProject(path) {
  return /(?:^|[\\/])(test[\\/].*)$/.exec(path)?.[1] ?? relative('.', path);
}

function clip(line) {
  return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line;
}
