import type { LockstepClient } from '@lockstep/client';
import type { JobStatus } from '@lockstep/core';
import { expect, it } from 'vitest';
import { recordOutput } from '../testing/fake-programs.js';
import { jobStatus } from '../testing/statuses.js';
import { concludeDemo } from './conclude-demo.js';

const options = { workers: 2, threads: 1, json: false, outDir: undefined };
const client = { models: {} } as unknown as Pick<LockstepClient, 'models'>;

async function conclude(status: JobStatus): Promise<{ code: number; said: string[] }> {
  const output = recordOutput();
  return { code: await concludeDemo({ client, output, options }, status, []), said: output.said };
}

it('ends with the result of its job, as every command that follows one', async () => {
  expect(await conclude(jobStatus('CANCELLED'))).toEqual({ code: 130, said: ['✖ mnist-cnn cancelled'] });
  const failure = { code: 'LOSS_NOT_FINITE', message: 'the loss is NaN', hint: 'lower the learning rate' };
  expect(await conclude(jobStatus('FAILED', { failure }))).toEqual({
    code: 1,
    said: ['✖ mnist-cnn failed: the loss is NaN', '  lower the learning rate', '  LOSS_NOT_FINITE'],
  });
  expect((await conclude(jobStatus('SUCCEEDED'))).code).toBe(0);
});
