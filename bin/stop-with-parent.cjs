/**
 * Preloaded into a process that must not outlive the one that started it, whose pid stands in
 * TASK_API_PARENT_PID. When that one is gone without a word, this process gets a SIGTERM.
 *
 * The variable ends here: what the process itself starts (workers, PostgreSQL) is its own affair.
 */
'use strict';

const POLL_MS = 500;
const parent = Number(process.env.TASK_API_PARENT_PID);
delete process.env.TASK_API_PARENT_PID;

if (parent > 0) {
  const timer = setInterval(() => {
    if (isRunning()) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, POLL_MS);
  timer.unref();
}

function isRunning() {
  // POSIX gives an orphan another parent; Windows keeps the old number.
  if (process.ppid !== parent) return false;
  try {
    return process.kill(parent, 0);
  } catch (error) {
    return error.code !== 'ESRCH';
  }
}
