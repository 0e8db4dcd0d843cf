import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { serviceCommands } from '../testing/service-commands.js';

const { folder, run, sent } = serviceCommands();

describe('model predict', () => {
  /** 25 MB in JSON: two would be too much for a request. */
  const features = { shape: [1000, 1000], names: null, columns: null, image: null, dtype: 'float32' };
  const answers = {
    'GET /models/m/versions/latest': { name: 'm', version: 1, features, classNames: [], labelNames: [] },
    'POST /models/m/predict': { predictions: [{ values: [1] }] },
  };
  const asked = (): string[] => sent().slice(1);

  it('asks about as many instances at a time as fit into a request', async () => {
    await writeFile(join(folder(), 'five.json'), '[[1], [2], [3], [4], [5]]');
    expect((await run(['model', 'predict', 'm', join(folder(), 'five.json')], answers)).code).toBe(0);
    const bodies = ['[[1]]', '[[2]]', '[[3]]', '[[4]]', '[[5]]'];
    expect(asked()).toEqual(bodies.map((instances) => `POST /models/m/predict {"instances":${instances}}`));
  });

  it('reads files when their turn comes', async () => {
    await writeFile(join(folder(), 'one.json'), '[[1]]');
    const files = ['one.json', 'missing.json'].map((name) => join(folder(), name));
    expect((await run(['model', 'predict', 'm', ...files], answers)).code).toBe(2);
    expect(asked()).toEqual(['POST /models/m/predict {"instances":[[1]]}']);
  });
});
