import { describe, expect, it } from '@jest/globals';
import { LatestReports } from '../../../src/logging/latest-reports';

describe('A report of a server', () => {
  const reports = new LatestReports();

  it('is news once, until there is another, or the server is well again', () => {
    expect(reports.isNews('one', 'it is frozen')).toBe(true);
    expect(reports.isNews('one', 'it is frozen')).toBe(false);
    expect(reports.isNews('other', 'it is frozen')).toBe(true);

    expect(reports.isNews('one', 'it is away')).toBe(true);
    expect(reports.isNews('one', 'it is frozen')).toBe(true);
    reports.forget('one');
    expect(reports.isNews('one', 'it is frozen')).toBe(true);
    expect(reports.isNews('other', 'it is frozen')).toBe(false);
  });
});
