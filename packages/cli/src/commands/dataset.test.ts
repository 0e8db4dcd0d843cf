import { describe, expect, it } from 'vitest';
import { serviceCommands } from '../testing/service-commands.js';

const { run, sent } = serviceCommands();

describe('dataset import', () => {
  it('refuses a split that cannot be one, in a sentence', async () => {
    const { code, err } = await run(['dataset', 'import', 'toy', `${'a'.repeat(33)}=a.csv`]);
    expect([code, err]).toEqual([2, expect.stringContaining('must be 1 to 32 of a-z, 0-9 and dash')]);
    expect(err).toContain('INVALID_OPTION');
    expect(sent().some((call) => call.startsWith('P'))).toBe(false);
  });
});
