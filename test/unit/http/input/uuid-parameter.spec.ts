import { describe, expect, it } from '@jest/globals';
import { parseUuid } from '../../../../src/http/input/uuid';
import { refusalOf } from '../../../support/app/refusal';

const UUID = '01a20297-4e3d-7c3e-9f60-3a5d1f0b2c4d';

describe('a UUID in a path', () => {
  it.each([UUID, UUID.toUpperCase(), '01A20297-4e3d-7C3E-9f60-3a5d1f0b2c4d'])(
    'is read in lower case: %s',
    (text) => {
      expect(parseUuid('task_id', text)).toBe(UUID);
    },
  );

  it.each(['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'])(
    'may be of any version: %s',
    (text) => {
      expect(parseUuid('task_id', text)).toBe(text);
    },
  );

  it.each([
    '',
    'me',
    UUID.replaceAll('-', ''),
    ` ${UUID}`,
    `${UUID}\n`,
    `${UUID}0`,
    `{${UUID}}`,
    UUID.replace('0', 'g'),
    UUID.replace('1', '１'),
    undefined,
    [UUID],
  ])('is no %j', async (text) => {
    const { code, faults } = await refusalOf(() => parseUuid('task_id', text));

    expect([code, faults]).toEqual([
      'validation',
      [
        {
          parameter: 'task_id',
          detail: 'must be a UUID, such as 4a8494e7-0e17-4c5b-9f60-3a5d1f0b2c4d',
        },
      ],
    ]);
  });
});
