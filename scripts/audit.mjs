/**
 * Asks the registry about the packages of the lockfile:
 *
 *   node scripts/audit.mjs advisories   is a vulnerability known in what serves?
 *   node scripts/audit.mjs signatures   does the registry vouch for what is installed?
 *
 * Exits with 1 where something was found (for advisories: of severity high or critical), also where
 * npm fails for another reason, and with 75 where the registry does not answer such questions: some
 * mirrors do not, and some machines have no network.
 */
import { exec } from 'node:child_process';
import { parseArgs } from 'node:util';
import { NPM_SETTINGS } from './npm-settings.mjs';

const FOUND = 1;
const FAILED = 1;
const NOT_ASKED = 75; // EX_TEMPFAIL of sysexits.h

const QUESTIONS = {
  // What is included outranks what is omitted, so both are said.
  advisories: { command: 'npm audit --omit=dev --include=optional', judge: judgeAdvisories },
  signatures: {
    command: 'npm audit signatures --include=dev --include=optional',
    judge: judgeSignatures,
  },
};

/** @returns {{found: boolean, summary: string} | undefined} undefined: this is no answer */
function judgeAdvisories({ metadata, vulnerabilities }) {
  if (metadata?.vulnerabilities === undefined) return undefined;
  const { high, critical, total } = metadata.vulnerabilities;
  const names = Object.values(vulnerabilities).map(({ name, severity }) => `${name} (${severity})`);
  return {
    found: high + critical > 0,
    summary: total === 0 ? 'no known vulnerability' : `vulnerable: ${names.join(', ')}`,
  };
}

function judgeSignatures({ invalid, missing }) {
  if (!Array.isArray(invalid) || !Array.isArray(missing)) return undefined;
  const names = (packages) => packages.map(({ name, version }) => `${name}@${version}`).join(', ');
  return {
    found: invalid.length + missing.length > 0,
    summary:
      invalid.length + missing.length === 0
        ? 'every package is signed'
        : `invalid signature: ${names(invalid) || 'none'}; no signature: ${names(missing) || 'none'}`,
  };
}

/** npm exits with 1 for findings and for failed requests; only its report distinguishes them. */
function ask(command) {
  const patience = '--fetch-retries=1 --fetch-retry-mintimeout=1000 --fetch-timeout=60000';
  return new Promise((resolve) => {
    exec(
      `${command} --json ${NPM_SETTINGS} ${patience}`,
      { maxBuffer: Infinity },
      (_, stdout, stderr) => {
        try {
          resolve({ report: JSON.parse(stdout), stderr });
        } catch {
          resolve({ report: {}, stderr });
        }
      },
    );
  });
}

const { positionals } = parseArgs({ allowPositionals: true });
const question = QUESTIONS[positionals[0]];
if (question === undefined) throw new Error('usage: node scripts/audit.mjs advisories|signatures');

const { report, stderr } = await ask(question.command);
const verdict = question.judge(report);
if (verdict !== undefined) {
  process.stdout.write(`${verdict.summary}\n`);
  if (verdict.found) process.exitCode = FOUND;
} else {
  const reason = report.message || report.error?.summary || stderr.trim();
  const notAsked = report.statusCode !== undefined || /^request to \S+ failed/.test(reason);
  process.stdout.write(`${notAsked ? 'the registry was not asked' : 'npm failed'}: ${reason}\n`);
  process.exitCode = notAsked ? NOT_ASKED : FAILED;
}
