/** Jobs, while the cluster changes under them. */
import { describe, expect } from 'vitest';
import { startLockstep } from '../support/command.js';
import { exampleJob } from '../support/jobs.js';
import { docker } from './docker.js';
import { embeddedHash, type Scene } from './scene.js';

const RUN_SECONDS = 300;

export function trainingScenes(scene: Scene): void {
  describe('A job comes to the bits of the embedded cluster', () => {
    scene('while workers are added, taken away and killed, and the coordinator is killed too.', async (stack) => {
      const [client, environment] = [await stack.client(), await stack.environment()];
      const command = startLockstep(['train', 'examples/mnist-cnn.yaml', '--json'], environment);
      let id = '';
      await stack.until(
        async () => {
          id = (await client.jobs.list().catch(() => [])).find(({ name }) => name === 'mnist-cnn')?.id ?? '';
          return id !== '';
        },
        'the job to be there',
        () => command.stderr(),
      );
      await stack.atStep(id, 10);
      await stack.up(3);
      await stack.untilWorkers(3);
      await stack.untilJob(id, ({ workers }) => workers === 3, 'to have three workers');
      const [killed = ''] = await stack.containers('worker');
      await docker(['kill', killed]);
      await stack.untilWorkers(2);
      await docker(['kill', ...(await stack.containers('coordinator'))]);
      await stack.up(2);
      await stack.untilWorkers(2);
      const { state, weightsSha256 } = await stack.ended(id);
      expect([state, weightsSha256]).toEqual(['SUCCEEDED', await embeddedHash(await exampleJob('mnist-cnn'))]);
      const { code, stdout, stderr } = await command.ended;
      expect([code, stderr]).toEqual([0, expect.anything()]);
      expect(JSON.parse(stdout)).toMatchObject({ id, weightsSha256 });
    });

    scene('when the whole stack is taken down and up again with the job in the queue.', async (stack) => {
      await stack.compose(['up', '--detach', '--wait', '--scale', 'worker=0'], RUN_SECONDS);
      await stack.untilWorkers(0);
      const job = await exampleJob('mnist-mlp', { training: { epochs: 2 } });
      const { id } = await (await stack.client()).jobs.submit(job);
      await stack.untilJob(id, ({ state }) => state === 'QUEUED', 'to wait');
      await stack.down();
      expect(await stack.containers(undefined, { stopped: true })).toEqual([]);
      await stack.up(1);
      const { state, weightsSha256 } = await stack.ended(id);
      expect([state, weightsSha256]).toEqual(['SUCCEEDED', await embeddedHash(job)]);
    });

    scene('when it is submitted from a container, on a machine without Node.', async (stack) => {
      const args = ['train', 'examples/mnist-mlp.yaml', '--set', 'training.epochs=2', '--json'];
      const report = JSON.parse(await stack.compose(['run', '--rm', '-T', 'cli', ...args], RUN_SECONDS)) as unknown;
      const job = await exampleJob('mnist-mlp', { training: { epochs: 2 } });
      expect(report).toMatchObject({ state: 'SUCCEEDED', weightsSha256: await embeddedHash(job) });
    });
  });
}
