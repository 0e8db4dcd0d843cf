/** Workers on another machine: compose.worker.yaml, which reaches the cluster by an address and with what it was given. */
import { afterAll, describe, expect } from 'vitest';
import { exampleJob } from '../support/jobs.js';
import { expectContained, type ContainerFacts } from './containment.js';
import { docker, inspect } from './docker.js';
import { FurtherMachine } from './further-machine.js';
import { embeddedHash, type Scene } from './scene.js';
import type { Stack } from './stack.js';

const RUN_SECONDS = 120;

/** The name that a worker takes from its container. */
const workerIn = (container: string): string => `w-${container.slice(0, 12)}`;

/** What the coordinator says of each worker, in the order of their names. */
async function states(stack: Stack): Promise<Record<string, string>> {
  const workers = await (await stack.client()).workers.list().catch(() => []);
  return Object.fromEntries(workers.map(({ id, state }) => [id, state]));
}

export function remoteScenes(scene: Scene): void {
  describe('Workers of another machine', () => {
    let machine: FurtherMachine | undefined;
    const theirs = (): FurtherMachine => {
      if (machine === undefined) throw new Error('The machine has not joined.');
      return machine;
    };
    afterAll(async () => machine?.close());

    scene('join over TLS as the document says, with two files, and are contained as the others are.', async (stack) => {
      machine = await FurtherMachine.join(stack);
      await stack.untilWorkers(3);
      const containers = await inspect<ContainerFacts>(...(await machine.containers()));
      expect(containers).toHaveLength(3);
      containers.forEach(expectContained);
      const [worker = ''] = await machine.containers('worker');
      const seen = await docker(['exec', worker, 'find', '/etc/lockstep', '-type', 'f']);
      expect(
        seen
          .trim()
          .split('\n')
          .map((path) => path.replace(/.*\//, ''))
          .sort(),
      ).toEqual(['join.creds', 'nats-ca.pem']);
    });

    scene(
      'compute with those of the first to the bits of the embedded cluster, also when one is killed.',
      async (stack) => {
        const job = await exampleJob('mnist-cnn');
        const { id } = await (await stack.client()).jobs.submit(job);
        await stack.untilJob(id, ({ workers }) => workers === 3, 'to have three workers');
        const [killed = ''] = await theirs().containers('worker');
        await docker(['kill', killed]);
        await stack.untilJob(id, ({ workers }) => workers === 2, 'to have two workers');
        const { state, weightsSha256 } = await stack.ended(id);
        expect([state, weightsSha256]).toEqual(['SUCCEEDED', await embeddedHash(job)]);
      },
    );

    scene('stay out once they are shut out, whatever starts them again.', async (stack) => {
      const [container = ''] = await theirs().containers('worker');
      const shutOut = workerIn(container);
      await (await stack.client()).workers.revoke(shutOut);
      const startedAgain = async (): Promise<boolean> => {
        const [facts] = await inspect<ContainerFacts>(container);
        return (facts?.RestartCount ?? 0) > 0;
      };
      await stack.until(startedAgain, 'the worker to end and to be started again');
      expect(await states(stack)).toMatchObject({ [shutOut]: 'REVOKED' });
    });

    scene('stay out under any name once credentials are renewed, until they have the new ones.', async (stack) => {
      await stack.compose(['run', '--rm', '-T', 'init', 'renew', 'credentials'], RUN_SECONDS);
      await stack.compose(['restart', 'nats', 'coordinator', 'worker'], RUN_SECONDS);
      await theirs().startAnew(1);
      let said = '';
      const refused = async (): Promise<boolean> => {
        said = await theirs().logs();
        return said.includes('NATS_REFUSED');
      };
      await stack.until(refused, 'NATS to refuse the other machine', () => said);
      await stack.untilWorkers(1);
      await theirs().joinAgain(stack);
      await stack.untilWorkers(3);
    });
  });
}
