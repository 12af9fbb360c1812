/** What the log said last of each of several servers, so that it says nothing twice in a row. */
export class LatestReports {
  readonly #latest = new Map<string, string>();

  /** Whether the log has not just said so. */
  isNews(server: string, report: string): boolean {
    if (this.#latest.get(server) === report) return false;
    this.#latest.set(server, report);
    return true;
  }

  /** It is well again: the next report is news. */
  forget(server: string): void {
    this.#latest.delete(server);
  }
}
