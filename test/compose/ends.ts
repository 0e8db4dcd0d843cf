/** How containers end, and what is left of them. */
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

    scene('and leave nothing behind when everything is taken down.', async (stack) => {
      await stack.down('--volumes');
      expect(await stack.remains()).toEqual([]);
      const { code } = await tryDocker(['image', 'inspect', IMAGES.worker]);
      expect(code).toBe(0);
    });
  });
}
