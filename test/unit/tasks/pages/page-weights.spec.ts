import { beforeEach, describe, expect, it } from '@jest/globals';
import { isHeavy, PageWeights } from '../../../../src/tasks/pages/page-reader';

describe('the weight of pages', () => {
  let weights: PageWeights;

  beforeEach(() => {
    weights = new PageWeights();
  });

  const learn = (characters: number, tasks: number): void => {
    weights.learn('ada', characters, tasks);
  };
  const isPageHeavy = (limit: number): boolean => isHeavy(weights.costOf('ada', limit));

  it('is unknown, and taken for light, until there was one', () => {
    expect(weights.costOf('ada', 200)).toBeUndefined();
    expect(isPageHeavy(200)).toBe(false);

    learn(0, 0);
    expect(weights.costOf('ada', 200)).toBeUndefined();
  });

  it('is that of the last page, for each task', () => {
    learn(60_000, 200);

    expect(weights.costOf('ada', 200)).toBeCloseTo(60_000 / 262_144);
    expect(weights.costOf('ada', 2)).toBeCloseTo(600 / 262_144);
    expect(isPageHeavy(200)).toBe(false);
  });

  it('goes by length, not by number', () => {
    learn(20_000 * 5, 5);

    expect(isPageHeavy(6)).toBe(false);
    expect(isPageHeavy(7)).toBe(true);
  });

  it('stays that of the heaviest page for many light ones', () => {
    learn(20_000 * 50, 50);
    for (let n = 0; n < 20; n += 1) learn(300 * 50, 50);
    expect(isPageHeavy(50)).toBe(true);

    for (let n = 0; n < 60; n += 1) learn(300 * 50, 50);
    expect(isPageHeavy(50)).toBe(false);
  });

  it('is also learned from single tasks, if they are heavy', () => {
    weights.learnTask('ada', 300);
    expect(weights.costOf('ada', 1)).toBeUndefined();

    weights.learnTask('ada', 20_000);
    expect(isPageHeavy(50)).toBe(true);
    expect(weights.costOf('grace', 1)).toBeUndefined();
  });

  it('is taken for heavy once a page was too slow, until a few others were not', () => {
    weights.learnSlow('ada', 50);
    expect(isPageHeavy(50)).toBe(true);

    for (let n = 0; n < 10; n += 1) learn(300 * 50, 50);
    expect(isPageHeavy(50)).toBe(false);
  });

  it('is worth to be waited for while the first page is on its way', async () => {
    expect(weights.firstPageOf('ada')).toBeUndefined();
    const failed = Promise.reject(new Error('lost'));

    weights.noteFirstPage('ada', failed);

    await expect(weights.firstPageOf('ada')).resolves.toBeUndefined();
    expect(weights.firstPageOf('ada')).toBeUndefined();
    await expect(failed).rejects.toThrow('lost');
  });
});
