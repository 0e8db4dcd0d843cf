/** The cluster in containers, from nothing to nothing. The tests go on where the one before has ended, as a user would. */
import { createHash } from 'node:crypto';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { TestCluster } from '../support/cluster.js';
import { startLockstep } from '../support/command.js';
import { exampleJob, type JobObject } from '../support/jobs.js';
import { docker, inspect, tryDocker } from './docker.js';
import { Stack } from './stack.js';

const RUN_SECONDS = 300;

let stack: Stack;

beforeAll(async () => {
  stack = await Stack.create();
  await stack.down('--volumes', '--remove-orphans'); // what a run that was killed has left
  await stack.build();
});

afterAll(async () => {
  await stack.close();
});

/** A test whose failure is explained by the containers' logs. */
function scene(title: string, body: () => Promise<void>): void {
  it(title, async () => {
    onTestFailed(async () => {
      process.stderr.write(await stack.logs());
    });
    await body();
  });
}

interface ContainerFacts {
  readonly Name: string;
  readonly Config: { readonly User: string; readonly Labels: Readonly<Record<string, string>> };
  readonly State: { readonly ExitCode: number; readonly OOMKilled: boolean };
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean;
    readonly CapDrop: readonly string[] | null;
    readonly CapAdd: readonly string[] | null;
    readonly SecurityOpt: readonly string[] | null;
    readonly Memory: number;
    readonly PidsLimit: number | null;
    readonly NetworkMode: string;
    readonly PortBindings: Readonly<Record<string, readonly { readonly HostIp: string }[]>> | null;
  };
}

const serviceOf = ({ Config }: ContainerFacts): string => Config.Labels['com.docker.compose.service'] ?? '';

/** The hash that the embedded cluster comes to: processes on this machine, without containers. */
async function embeddedHash(job: JobObject): Promise<string> {
  const cluster = await TestCluster.start({ workers: 1 });
  try {
    const { weightsSha256 } = await cluster.train(job);
    if (weightsSha256 === null) throw new Error('The embedded cluster has trained nothing.');
    return weightsSha256;
  } finally {
    await cluster.close();
  }
}

describe('The images', () => {
  for (const role of ['coordinator', 'worker'] as const) {
    scene(`run the ${role} as a user without rights, and bring no compiler, Python or package manager.`, async () => {
      const [image] = await inspect<{ Config: { User: string; Healthcheck?: unknown } }>(stack.images[role]);
      expect([image?.Config.User, image?.Config.Healthcheck]).toEqual(['node', expect.anything()]);
      const programs = 'python3 cc gcc g++ make npm npx pnpm';
      const found = await docker([
        ...['run', '--rm', '--entrypoint', 'sh', stack.images[role], '-c'],
        `id -u; for program in ${programs}; do command -v $program; done; true`,
      ]);
      expect(found.trim()).toBe('1000');
    });
  }
});

describe('Compose brings up the cluster', () => {
  scene('from nothing, and every service is healthy.', async () => {
    await stack.up();
    await stack.untilWorkers(1);
  });

  scene('with every container contained, limited, and published to this machine alone.', async () => {
    const containers = await inspect<ContainerFacts>(...(await stack.containers(undefined, { stopped: true })));
    expect(new Set(containers.map(serviceOf))).toEqual(
      new Set([
        ...['init', 'digits', 'nats', 'coordinator', 'worker', 'nats-exporter', 'prometheus'],
        ...(process.env['LOCKSTEP_TEST_GRAFANA'] === 'yes' ? ['grafana'] : []),
      ]),
    );
    for (const container of containers) {
      const { HostConfig, Config } = container;
      const service = serviceOf(container);
      expect([service, HostConfig.ReadonlyRootfs, HostConfig.CapDrop]).toEqual([service, true, ['ALL']]);
      expect([service, HostConfig.SecurityOpt]).toEqual([service, ['no-new-privileges:true']]);
      expect(HostConfig.Memory, service).toBeGreaterThan(0);
      expect(HostConfig.PidsLimit ?? 0, service).toBeGreaterThan(0);
      if (service === 'init') expect(HostConfig.NetworkMode).toBe('none');
      else
        expect([service, /^(0|root)?(:|$)/.test(Config.User), HostConfig.CapAdd ?? []]).toEqual([service, false, []]);
      const addresses = Object.values(HostConfig.PortBindings ?? {})
        .flat()
        .map(({ HostIp }) => HostIp);
      expect([service, addresses.filter((address) => address !== '127.0.0.1')]).toEqual([service, []]);
    }
  });

  scene('with secrets that only their owner reads, and that another start does not touch.', async () => {
    const owner = await stat(stack.folder);
    const read = async (): Promise<Record<string, string>> => {
      const names = await readdir(stack.folder);
      const hashes = await Promise.all(names.map(async (name) => hashOf(await readFile(join(stack.folder, name)))));
      return Object.fromEntries(names.map((name, index) => [name, hashes[index] ?? '']));
    };
    for (const name of await readdir(stack.folder)) {
      const { mode, uid } = await stat(join(stack.folder, name));
      expect([name, (mode & 0o777).toString(8), uid]).toEqual([name, '600', owner.uid]);
    }
    const [before, trust] = [await read(), await stack.secret('nats/trust.conf')];
    await stack.up();
    expect(await read()).toEqual(before);
    expect(await stack.secret('nats/trust.conf')).toBe(trust);
  });

  scene('with workers that have the files of workers and no others.', async () => {
    const seen = await stack.compose(['exec', '-T', 'worker', 'find', '/etc/lockstep', '-type', 'f']);
    expect(seen.trim().split('\n').sort()).toEqual([
      '/etc/lockstep/secrets/join.creds',
      '/etc/lockstep/secrets/nats-ca.pem',
    ]);
  });
});

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe('A job comes to the bits of the embedded cluster', () => {
  scene('while workers are added, taken away and killed, and the coordinator is killed too.', async () => {
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

  scene('when the whole stack is taken down and up again with the job in the queue.', async () => {
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

  scene('when it is submitted from a container, on a machine without Node.', async () => {
    const args = ['train', 'examples/mnist-mlp.yaml', '--set', 'training.epochs=2', '--json'];
    const report = JSON.parse(await stack.compose(['run', '--rm', '-T', 'cli', ...args], RUN_SECONDS)) as unknown;
    const job = await exampleJob('mnist-mlp', { training: { epochs: 2 } });
    expect(report).toMatchObject({ state: 'SUCCEEDED', weightsSha256: await embeddedHash(job) });
  });
});

describe('Containers end', () => {
  scene('in good order and in time when they are asked to, while a job runs.', async () => {
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

  scene('and leave nothing behind when everything is taken down.', async () => {
    await stack.down('--volumes');
    expect(await stack.remains()).toEqual([]);
    const { code } = await tryDocker(['image', 'inspect', stack.images.worker]);
    expect(code).toBe(0);
  });
});
