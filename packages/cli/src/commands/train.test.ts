import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Answers } from '../testing/fake-service.js';
import { serviceCommands, spec } from '../testing/service-commands.js';

const { folder, run, sent } = serviceCommands();

describe('train', () => {
  it('says that the job goes on where its curves cannot be written', async () => {
    const job = join(folder(), 'job.yaml');
    const { code, err } = await run(['train', job, '--tensorboard', job]);
    expect(code).toBe(2);
    expect(err).toMatch(/goes on without this command, as job j-2[\s\S]*the curves cannot be written/);
  });
});

describe('train --continue', () => {
  const answers: Answers = {
    'GET /models/m/versions/latest': { name: 'm', version: 3, spec: { ...spec, continueFrom: 'm/2' } },
    'GET /models/m/versions/champion': { name: 'm', version: 2, spec: null },
  };
  const tail = ['--set', 'training.epochs=+5', '--no-wait'];

  it('goes on with the newest version of a model, by its own job file or another', async () => {
    expect((await run(['train', '--continue', 'm', ...tail], answers)).code).toBe(0);
    const changed = { ...spec, training: { epochs: 10, seed: 7 }, continueFrom: 'm/3' };
    expect(sent().at(-1)).toBe(`POST /jobs ${JSON.stringify(changed)}`);
    await run(['train', join(folder(), 'job.yaml'), '--continue', 'm/champion', ...tail], answers);
    const other = { name: 'other', training: { epochs: 7 }, continueFrom: 'm/2' };
    expect(sent().at(-1)).toBe(`POST /jobs ${JSON.stringify(other)}`);
  });

  it('changes the other job file before the model.json that it names is read', async () => {
    await writeFile(join(folder(), 'model.json'), '{"class_name":"Sequential"}');
    await writeFile(join(folder(), 'keras.yaml'), 'name: keras\nmodel: { file: elsewhere.json }\n');
    const settings = ['--set', 'model.file=model.json', '--no-wait'];
    const { code, err } = await run(['train', join(folder(), 'keras.yaml'), '--continue', 'm', ...settings], answers);
    expect([code, err]).toEqual([0, err]);
    const model = { file: { modelTopology: { class_name: 'Sequential' } } };
    expect(sent().at(-1)).toBe(`POST /jobs ${JSON.stringify({ name: 'keras', model, continueFrom: 'm/3' })}`);
  });

  it.each([
    [['train'], 'neither a job file nor a model'],
    [['train', '--continue', 'm/champion'], 'made by no job'],
    [['train', '--continue', 'm/9'], 'no such thing'],
    [['train', '--continue', 'a/b/c'], 'names no model'],
    [['train', '--continue', 'A!'], 'names no model'],
  ])('refuses %j', async (args, message) => {
    const { code, err } = await run(args, answers);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
    expect(sent().some((call) => call.startsWith('POST'))).toBe(false);
  });
});
