import { describe, expect, it } from 'vitest';
import { serviceCommands } from '../testing/service-commands.js';

const mine = {
  name: 'mnist',
  version: 1,
  features: { shape: [1], dtype: 'float32', offset: [0], scale: [1] },
  labels: { kind: 'classes', classNames: ['a', 'b'] },
  rowsPerShard: 10,
  splits: { train: { count: 2, shards: [] } },
  source: 'mine',
  createdAt: '2026-01-31T12:00:00.000Z',
};
const { run, sent } = serviceCommands();

describe('dataset import', () => {
  it('refuses a split that cannot be one, in a sentence', async () => {
    const { code, err } = await run(['dataset', 'import', 'toy', `${'a'.repeat(33)}=a.csv`]);
    expect([code, err]).toEqual([2, expect.stringContaining('must be 1 to 32 of a-z, 0-9 and dash')]);
    expect(err).toContain('INVALID_OPTION');
    expect(sent().some((call) => call.startsWith('P'))).toBe(false);
  });
});

describe('dataset digits', () => {
  it('leaves a dataset of your own that is called mnist alone', async () => {
    const { code, out } = await run(['dataset', 'digits', '--json'], {
      'GET /datasets/mnist': mine,
    });
    expect([code, JSON.parse(out)]).toEqual([0, { name: 'mnist', digits: false }]);
    expect(sent().some((call) => call.startsWith('P'))).toBe(false);
  });
});
