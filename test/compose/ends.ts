/** How containers end, and what is left of them. */
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { exampleJob } from '../support/jobs.js';
import { serviceOf, type ContainerFacts } from './containment.js';
import { inspect, tryDocker } from './docker.js';
import type { Scene } from './scene.js';
import { IMAGES } from './stack.js';

const RUN_SECONDS = 300;

export function endScenes(scene: Scene): void {
  describe('Containers end', () => {
    scene('in good order and in time when they are asked to, while a job runs.', async (stack) => {
      const client = await stack.client();
      const { id } = await client.jobs.submit(await exampleJob('mnist-mlp', { training: { epochs: 1000 } }));
      await stack.atStep(id, 5);
      const containers = [...(await stack.containers('worker')), ...(await stack.containers('coordinator'))];
      await stack.compose(['stop', 'worker'], RUN_SECONDS);
      await stack.untilWorkers(0);
      await stack.compose(['stop', 'coordinator'], RUN_SECONDS);
      const ends = (await inspect<ContainerFacts>(...containers)).map((one) => [serviceOf(one), one.State.ExitCode]);
      expect(ends).toEqual([
        ['worker', 0],
        ['coordinator', 0],
      ]);
      await stack.up();
      await stack.untilJob(id, ({ state }) => state === 'RUNNING', 'to run again');
      await client.jobs.cancel(id);
      expect((await stack.ended(id)).state).toBe('CANCELLED');
    });

    scene(
      'and the cluster is there again, with its data and its secrets, when a backup is restored.',
      async (stack) => {
        const known = async (): Promise<unknown> => {
          const client = await stack.client();
          const [jobs, datasets] = [await client.jobs.list(), await client.datasets.list()];
          return [jobs.map(({ id }) => id), datasets.map(({ name }) => name), await stack.environment()];
        };
        const before = await known();
        const backup = await mkdtemp(join(tmpdir(), 'lockstep-backup-'));
        try {
          await stack.script('backup.sh', backup);
          await stack.untilWorkers(1);
          await stack.down('--volumes');
          for (const name of await readdir(stack.folder)) await rm(join(stack.folder, name));
          const [complete, aside] = [join(backup, 'complete'), join(backup, 'aside')];
          await rename(complete, aside);
          await expect(stack.script('restore.sh', backup)).rejects.toThrow('no whole backup');
          await rename(aside, complete);
          await stack.script('restore.sh', backup);
        } finally {
          await rm(backup, { recursive: true, force: true });
        }
        await stack.up();
        expect(await known()).toEqual(before);
      },
    );

    scene('and leave nothing behind when everything is taken down.', async (stack) => {
      await stack.down('--volumes');
      expect(await stack.remains()).toEqual([]);
      const { code } = await tryDocker(['image', 'inspect', IMAGES.worker]);
      expect(code).toBe(0);
    });
  });
}
