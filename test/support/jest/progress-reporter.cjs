/** How long the run may be silent where no terminal shows its progress. */
const SILENCE_MS = 10_000;
const REASON = / \[skipped: ([^\]]+)\]/;

/** Shows that a run goes on, and lists at its end what was skipped, why, and how to run it. */
module.exports = class ProgressReporter {
  #heartbeat;
  #lastSign = Date.now();

  onRunStart({ numTotalTestSuites: files }) {
    process.stderr.write(`Running ${files} test files\n`);
    if (process.stderr.isTTY) return;
    const started = Date.now();
    this.#heartbeat = setInterval(() => {
      if (Date.now() - this.#lastSign < SILENCE_MS) return;
      this.#lastSign = Date.now();
      process.stderr.write(`… running for ${Math.round((Date.now() - started) / 1_000)} s\n`);
    }, 1_000).unref();
  }

  onTestFileResult() {
    this.#lastSign = Date.now();
  }

  onRunComplete(_contexts, { testResults }) {
    clearInterval(this.#heartbeat);
    const counts = new Map();
    for (const { fullName, status } of testResults.flatMap((file) => file.testResults)) {
      const reason = status === 'pending' && REASON.exec(fullName)?.[1];
      if (reason) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    }
    for (const [reason, count] of counts) process.stderr.write(`Skipped ${count}: ${reason}\n`);
  }
};
