/** What the images have and have not, and how containers are started. */
import { createHash } from 'node:crypto';
import { readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { docker, inspect } from './docker.js';
import type { Scene } from './scene.js';
import { IMAGES } from './stack.js';

/** Images are built in it. */
const FIRST_START_MILLISECONDS = 1_800_000;

export interface ContainerFacts {
  readonly Name: string;
  readonly Config: { readonly User: string; readonly Labels: Readonly<Record<string, string>> };
  readonly State: { readonly ExitCode: number; readonly OOMKilled: boolean };
  /** How often the engine has started it again by itself. */
  readonly RestartCount: number;
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean;
    readonly CapDrop: readonly string[] | null;
    readonly CapAdd: readonly string[] | null;
    readonly SecurityOpt: readonly string[] | null;
    readonly Memory: number;
    readonly NanoCpus: number;
    readonly PidsLimit: number | null;
    readonly NetworkMode: string;
    readonly LogConfig: { readonly Config: Readonly<Record<string, string>> };
    readonly PortBindings: Readonly<Record<string, readonly { readonly HostIp: string }[]>> | null;
  };
}

export const serviceOf = ({ Config }: ContainerFacts): string => Config.Labels['com.docker.compose.service'] ?? '';

/** Whatever gets hold of its process reaches little, takes little, and is reached from this machine alone. */
export function expectContained(container: ContainerFacts): void {
  const { HostConfig, Config } = container;
  const service = serviceOf(container);
  expect([service, HostConfig.ReadonlyRootfs, HostConfig.CapDrop]).toEqual([service, true, ['ALL']]);
  expect([service, HostConfig.SecurityOpt]).toEqual([service, ['no-new-privileges:true']]);
  expect(HostConfig.Memory, service).toBeGreaterThan(0);
  expect(HostConfig.PidsLimit ?? 0, service).toBeGreaterThan(0);
  expect([service, HostConfig.LogConfig.Config['max-size']]).toEqual([service, expect.any(String)]);
  if (service === 'init') expect(HostConfig.NetworkMode).toBe('none');
  else expect([service, /^(0|root)?(:|$)/.test(Config.User), HostConfig.CapAdd ?? []]).toEqual([service, false, []]);
  const addresses = Object.values(HostConfig.PortBindings ?? {})
    .flat()
    .map(({ HostIp }) => HostIp);
  expect([service, addresses.filter((address) => address !== '127.0.0.1')]).toEqual([service, []]);
}

export function imageScenes(scene: Scene): void {
  describe('The images', () => {
    for (const role of ['coordinator', 'worker'] as const) {
      scene(`run the ${role} as a user without rights, and bring no compiler, Python or package manager.`, async () => {
        const [image] = await inspect<{ Config: { User: string; Healthcheck?: unknown } }>(IMAGES[role]);
        expect([image?.Config.User, image?.Config.Healthcheck]).toEqual(['node', expect.anything()]);
        const programs = 'python3 cc gcc g++ make npm npx pnpm';
        const found = await docker([
          ...['run', '--rm', '--entrypoint', 'sh', IMAGES[role], '-c'],
          `id -u; for program in ${programs}; do command -v $program; done; true`,
        ]);
        expect(found.trim()).toBe('1000');
      });

      scene(`bring the ${role} no program that runs as another user than who starts it.`, async () => {
        const search = ['/', '-xdev', '-type', 'f', '-perm', '/6000'];
        const found = await docker(['run', '--rm', '--user', '0', '--entrypoint', 'find', IMAGES[role], ...search]);
        expect(found).toBe('');
      });
    }
  });
}

export function startScenes(scene: Scene): void {
  describe('Compose brings up the cluster', () => {
    scene(
      'from nothing: it builds the images, asks no registry for them, and every service is healthy.',
      async (stack) => {
        const said = await stack.firstUp();
        expect(said).toMatch(/\b(coordinator|worker)\b.*Built/);
        expect(said).not.toMatch(/^ *(init|digits|coordinator|worker) +Pull/m);
        await stack.untilWorkers(1);
      },
      FIRST_START_MILLISECONDS,
    );

    scene('and leaves what it has brought up alone when it is told to once more.', async (stack) => {
      const before = await stack.containers();
      await stack.up();
      expect(await stack.containers()).toEqual(before);
    });

    scene('with every container contained, limited, and published to this machine alone.', async (stack) => {
      const containers = await inspect<ContainerFacts>(...(await stack.containers(undefined, { stopped: true })));
      expect(new Set(containers.map(serviceOf))).toEqual(
        new Set([
          ...['init', 'digits', 'nats', 'coordinator', 'worker', 'nats-exporter', 'prometheus'],
          ...(process.env['LOCKSTEP_TEST_GRAFANA'] === 'yes' ? ['grafana'] : []),
        ]),
      );
      containers.forEach(expectContained);
    });

    scene(
      'with as many threads in a worker as its CPU limit has room for, whatever the machine has.',
      async (stack) => {
        const [worker] = await inspect<ContainerFacts>(...(await stack.containers('worker')));
        const [known] = await (await stack.client()).workers.list();
        const cpus = (worker?.HostConfig.NanoCpus ?? 0) / 1e9;
        expect(cpus).toBeGreaterThan(0);
        expect(known?.threads).toBe(Math.max(1, Math.floor(cpus)));
      },
    );

    scene('with secrets that only their owner reads, and that another start does not touch.', async (stack) => {
      const owner = await stat(stack.folder);
      for (const name of await readdir(stack.folder)) {
        const { mode, uid } = await stat(join(stack.folder, name));
        expect([name, (mode & 0o777).toString(8), uid]).toEqual([name, '600', owner.uid]);
      }
      const [before, trust] = [await hashesIn(stack.folder), await stack.secret('nats/trust.conf')];
      await stack.up();
      expect(await hashesIn(stack.folder)).toEqual(before);
      expect(await stack.secret('nats/trust.conf')).toBe(trust);
    });

    scene(
      'with the command’s own address and token again when they are gone, or those of another cluster.',
      async (stack) => {
        const before = await hashesIn(stack.folder);
        for (const name of Object.keys(before)) await rm(join(stack.folder, name));
        await stack.up();
        expect(await hashesIn(stack.folder)).toEqual(before);
        await writeFile(join(stack.folder, 'token'), 'another');
        await writeFile(join(stack.folder, 'context.json'), '{"url":"http://127.0.0.1:1","token":"another"}');
        await stack.up();
        expect(await hashesIn(stack.folder)).toEqual(before);
      },
    );

    scene('with workers that have the files of workers and no others.', async (stack) => {
      const seen = await stack.compose(['exec', '-T', 'worker', 'find', '/etc/lockstep', '-type', 'f']);
      expect(seen.trim().split('\n').sort()).toEqual([
        '/etc/lockstep/secrets/join.creds',
        '/etc/lockstep/secrets/nats-ca.pem',
      ]);
    });
  });
}

async function hashesIn(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).sort();
  const hashes = await Promise.all(names.map(async (name) => hashOf(await readFile(join(folder, name)))));
  return Object.fromEntries(names.map((name, index) => [name, hashes[index] ?? '']));
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
