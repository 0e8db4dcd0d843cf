/** The examples in TypeScript run as they are, against a real cluster. */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestCluster } from '../support/cluster.js';
import { ROOT } from '../support/documents.js';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await TestCluster.start({ workers: 2 });
});
afterAll(() => cluster.close());

function run(example: string): Promise<{ code: number | null; text: string }> {
  const child = spawn(process.execPath, [join(ROOT, 'examples', 'dist', example)], {
    env: { ...process.env, LOCKSTEP_URL: cluster.client.url },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return new Promise((resolve) => {
    child.once('close', (code) => {
      resolve({ code, text });
    });
  });
}

it('trains three jobs on a dataset of its own, names the best one and asks it', async () => {
  const { code, text } = await run('train.js');
  expect([code, text]).toEqual([0, text]);
  expect(text).toMatch(/ epoch 20 {2}loss 0\.\d+ {2}validation 0\.\d+\n/);
  expect(text).toMatch(/the best is rings-/);
  expect(text).toContain('1,0 is on the inner ring\n0,-2 is on the outer ring\n');
});

it('trains a model that tfjs has put together', async () => {
  const { code, text } = await run('tfjs-model.js');
  expect([code, text]).toEqual([0, text]);
  expect(text).toMatch(/epoch 1 {2}loss \d\.\d+\nepoch 2 {2}loss 0\.\d+\ntest accuracy 0\.8\d+\n$/);
});

it('has a test for each example', () => {
  expect(readdirSync(join(ROOT, 'examples')).filter((name) => name.endsWith('.ts'))).toEqual([
    ...['tfjs-model.ts', 'train.ts'],
  ]);
});
