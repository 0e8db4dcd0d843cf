/**
 * The compose file's cluster, for one test file: in a project of its own, on ports of its own, with the command's secrets
 * in a temporary folder, so that a cluster that somebody has started from this checkout is left alone.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient, type LockstepClient } from '@lockstep/client';
import { isFinal, type JobStatus } from '@lockstep/core';
import { freePort } from '../support/free-port.js';
import { waitFor } from '../support/wait-for.js';
import { docker, script, tryDocker, type DockerResult } from './docker.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROJECT = 'lockstep-test';
const FILES = [
  'compose.yaml',
  ...(process.env['LOCKSTEP_TEST_GRAFANA'] === 'yes' ? [] : ['test/compose/without-grafana.yaml']),
];
const FIRST_UP_SECONDS = 1500;
const SCRIPT_SECONDS = 240;
const UP_SECONDS = 240;
const DOWN_SECONDS = 120;
const WAIT_MILLISECONDS = 300_000;
const ASK_AGAIN_MILLISECONDS = 250;

/** With these the images of a cluster on the same engine stay as they are. */
export const IMAGES = { coordinator: 'lockstep/coordinator:test', worker: 'lockstep/worker:test' } as const;

/** A checkout's own settings, in deploy/compose/.env, are not what is tested. */
const DEFAULTS = {
  LOCKSTEP_NATS_ADDRESS: '127.0.0.1',
  LOCKSTEP_NATS_NAMES: '',
  LOCKSTEP_WORKERS: '1',
  LOCKSTEP_WORKER_CPUS: '1',
  LOCKSTEP_USER: '1000:1000',
} as const;

export class Stack {
  readonly folder: string;
  readonly ports: Readonly<Record<'http' | 'nats' | 'prometheus' | 'grafana', number>>;
  #environment: Readonly<Record<string, string>>;
  #client: LockstepClient | undefined;

  private constructor(folder: string, [http, nats, prometheus, grafana]: readonly [number, number, number, number]) {
    this.folder = folder;
    this.ports = { http, nats, prometheus, grafana };
    this.#environment = {
      LOCKSTEP_COORDINATOR_IMAGE: IMAGES.coordinator,
      LOCKSTEP_WORKER_IMAGE: IMAGES.worker,
      ...DEFAULTS,
      LOCKSTEP_CLI_SECRETS: folder,
      LOCKSTEP_HTTP_PORT: String(http),
      LOCKSTEP_NATS_PORT: String(nats),
      LOCKSTEP_PROMETHEUS_PORT: String(prometheus),
      LOCKSTEP_GRAFANA_PORT: String(grafana),
    };
  }

  static async create(): Promise<Stack> {
    const folder = await mkdtemp(join(tmpdir(), 'lockstep-compose-'));
    return new Stack(folder, [await freePort(), await freePort(), await freePort(), await freePort()]);
  }

  /** For programs that are to talk to it as this machine's user does. */
  async environment(): Promise<{ LOCKSTEP_URL: string; LOCKSTEP_TOKEN: string }> {
    const { url, token } = JSON.parse(await readFile(join(this.folder, 'context.json'), 'utf8')) as {
      url: string;
      token: string;
    };
    return { LOCKSTEP_URL: url, LOCKSTEP_TOKEN: token };
  }

  async client(): Promise<LockstepClient> {
    const { LOCKSTEP_URL: url, LOCKSTEP_TOKEN: token } = await this.environment();
    this.#client ??= createClient({ url, token });
    return this.#client;
  }

  /** @param args of `docker compose` */
  tryCompose(args: readonly string[], seconds = 60): Promise<DockerResult> {
    return tryDocker(this.#command(args), { environment: this.#environment, seconds, cwd: ROOT });
  }

  compose(args: readonly string[], seconds = 60): Promise<string> {
    return docker(this.#command(args), { environment: this.#environment, seconds, cwd: ROOT });
  }

  #command(args: readonly string[]): string[] {
    return ['compose', '--project-name', PROJECT, ...FILES.flatMap((file) => ['--file', file]), ...args];
  }

  /** Runs a script of deploy/compose on this cluster. */
  async script(name: string, ...args: readonly string[]): Promise<void> {
    const environment = { ...this.#environment, COMPOSE_PROJECT_NAME: PROJECT, COMPOSE_FILE: FILES.join(':') };
    await script(join(ROOT, 'deploy/compose', name), args, { environment, seconds: SCRIPT_SECONDS });
  }

  /** Runs lines of a shell on this cluster, as a person does at the root of the checkout; files that they write go elsewhere. */
  async shell(lines: string, folder: string): Promise<void> {
    const files = FILES.map((file) => join(ROOT, file)).join(':');
    const environment = { ...this.#environment, COMPOSE_PROJECT_NAME: PROJECT, COMPOSE_FILE: files };
    await script('sh', ['-euc', lines], { environment, seconds: SCRIPT_SECONDS, cwd: folder });
  }

  /** What a person changes in .env: it holds from the next command on. */
  change(settings: Readonly<Record<string, string>>): void {
    this.#environment = { ...this.#environment, ...settings };
  }

  /** So that the next start builds them, as a user's first one does; what the builder remembers makes that quick. */
  async removeImages(): Promise<void> {
    // Those that are not there make it fail.
    await tryDocker(['image', 'rm', '--no-prune', ...Object.values(IMAGES)]);
  }

  /** The start that finds nothing. @returns what Compose said */
  async firstUp(): Promise<string> {
    const { code, stderr } = await this.tryCompose(['up', '--detach', '--wait'], FIRST_UP_SECONDS);
    if (code !== 0) throw new Error(`The first start ended with ${code}:\n${stderr}`);
    return stderr;
  }

  /** As a user starts it; with a number, with so many workers. */
  async up(workers?: number): Promise<void> {
    const scale = workers === undefined ? [] : ['--scale', `worker=${workers}`];
    await this.compose(['up', '--detach', '--wait', ...scale], UP_SECONDS);
  }

  async down(...options: readonly string[]): Promise<void> {
    await this.compose(['down', '--timeout', '30', ...options], DOWN_SECONDS);
  }

  /** Ids of a service's containers, or of all; `run` ones are not among them. */
  async containers(service?: string, { stopped = false } = {}): Promise<string[]> {
    const args = ['ps', '--quiet', ...(stopped ? ['--all'] : []), ...(service === undefined ? [] : [service])];
    return (await this.compose(args)).split('\n').filter((line) => line !== '');
  }

  /** What is left of the project on the engine. */
  async remains(): Promise<string[]> {
    const label = `label=com.docker.compose.project=${PROJECT}`;
    const lists = await Promise.all([
      docker(['ps', '--all', '--quiet', '--filter', label]),
      docker(['volume', 'ls', '--quiet', '--filter', label]),
      docker(['network', 'ls', '--quiet', '--filter', label]),
    ]);
    return lists.flatMap((list) => list.split('\n')).filter((line) => line !== '');
  }

  /** A file of the secrets, as the one service that may see all of them sees it. */
  secret(path: string): Promise<string> {
    return this.compose(['run', '--rm', '--no-deps', '-T', '--entrypoint', 'cat', 'init', `/secrets/${path}`]);
  }

  async untilJob(id: string, holds: (status: JobStatus) => boolean, what: string): Promise<JobStatus> {
    const client = await this.client();
    let status: JobStatus | undefined;
    const condition = async (): Promise<boolean> => {
      status = await client.jobs.get(id).catch(() => undefined);
      return status !== undefined && holds(status);
    };
    await this.until(condition, `job ${id} ${what}`, () => JSON.stringify(status));
    return status as JobStatus;
  }

  async atStep(id: string, step: number): Promise<void> {
    const { state } = await this.untilJob(
      id,
      (status) => status.progress.step >= step || isFinal(status.state),
      `to reach step ${step}`,
    );
    if (isFinal(state)) throw new Error(`The job was over before step ${step}: ${state}.`);
  }

  ended(id: string): Promise<JobStatus> {
    return this.untilJob(id, ({ state }) => isFinal(state), 'to end');
  }

  /** How many workers take part in a job, or in nothing yet; those that are shut out are not among them. */
  async untilWorkers(count: number): Promise<void> {
    const client = await this.client();
    let known: readonly string[] = [];
    const condition = async (): Promise<boolean> => {
      const workers = (await client.workers.list().catch(() => [])).filter(({ state }) => state !== 'REVOKED');
      known = workers.map(({ id, state }) => `${id} ${state}`);
      return workers.length === count;
    };
    await this.until(condition, `${count} workers`, () => known.join(', '));
  }

  async until(condition: () => Promise<boolean>, what: string, seen = (): string => ''): Promise<void> {
    const slowly = async (): Promise<boolean> => {
      if (await condition()) return true;
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MILLISECONDS));
      return false;
    };
    await waitFor(slowly, what, WAIT_MILLISECONDS).catch((error: unknown) => {
      throw new Error(`${String(error)} ${seen()}`, { cause: error });
    });
  }

  /** For a test that fails. */
  async logs(): Promise<string> {
    const states = await this.tryCompose(['ps', '--all']);
    const logs = await this.tryCompose(['logs', '--no-color', '--tail', '40']);
    return [states.stdout, logs.stdout, logs.stderr].join('\n');
  }

  /** Leaves nothing but the images. */
  async close(): Promise<void> {
    await this.down('--volumes', '--remove-orphans');
    await rm(this.folder, { recursive: true, force: true });
  }
}
