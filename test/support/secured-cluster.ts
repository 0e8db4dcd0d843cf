/**
 * A cluster as several machines have it: a nats-server with TLS that asks for credentials, and a coordinator and workers
 * that are started as containers would start them, out of a folder of secrets. Processes are started again by the test.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { importMnist, makeSecrets, openMnist, SECRET_FILES } from '@lockstep/cli';
import { createClient, type LockstepClient } from '@lockstep/client';
import { isFinal, type JobStatus } from '@lockstep/core';
import { lockstepScript } from './command.js';
import { TestNatsServer } from './nats-server.js';
import { waitFor } from './wait-for.js';

const START_MILLISECONDS = 120_000;
const JOB_MILLISECONDS = 300_000;

export interface SecuredClusterOptions {
  /** Life of workers' credentials. */
  readonly credentialSeconds: number;
  /** Environment of coordinator and workers, beside what they need. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** The configuration with which nats-server uses a folder of secrets, which it reads again when it is restarted. */
export function securedNatsConfig(secrets: string): string {
  const file = (path: string): string => JSON.stringify(join(secrets, path));
  const tls = `cert_file: ${file(SECRET_FILES.natsCertificate)}, key_file: ${file(SECRET_FILES.natsKey)}`;
  // It includes files by their place beside its own folder, which is in the folder for temporary files too.
  const trust = join('..', relative(tmpdir(), secrets), SECRET_FILES.natsTrust);
  return `include ${JSON.stringify(trust)}\ntls { ${tls} }`;
}

/** One server, or several that are one cluster. */
interface Nats {
  readonly url: string;
  close(): Promise<void>;
}

export class SecuredCluster<N extends Nats = TestNatsServer> {
  readonly folder: string;
  readonly nats: N;
  readonly #options: SecuredClusterOptions;
  readonly #children = new Map<string, ChildProcess>();
  #url = 'http://127.0.0.1:0';
  #token = '';

  private constructor(folder: string, nats: N, options: SecuredClusterOptions) {
    this.folder = folder;
    this.nats = nats;
    this.#options = options;
  }

  static async start(workers: readonly string[], options: SecuredClusterOptions): Promise<SecuredCluster> {
    return SecuredCluster.startOn((config) => TestNatsServer.start({ config }), workers, options);
  }

  static async startOn<N extends Nats>(
    startNats: (config: string) => Promise<N>,
    workers: readonly string[],
    options: SecuredClusterOptions,
  ): Promise<SecuredCluster<N>> {
    const folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
    const secrets = join(folder, 'secrets');
    await makeSecrets({ folder: secrets, hosts: [], url: 'http://127.0.0.1', now: new Date() });
    const nats = await startNats(securedNatsConfig(secrets));
    const cluster = new SecuredCluster(folder, nats, options);
    cluster.#token = await readFile(cluster.secret('cliToken'), 'utf8');
    await cluster.startCoordinator();
    await importMnist(cluster.client, await openMnist());
    for (const id of workers) cluster.startWorker(id);
    await cluster.untilWorkers((states) => workers.every((id) => states.has(id)), 'the workers to join');
    return cluster;
  }

  /** Of the coordinator. */
  get url(): string {
    return this.#url;
  }

  /** Of an administrator. */
  get token(): string {
    return this.#token;
  }

  get client(): LockstepClient {
    return createClient({ url: this.#url, token: this.#token });
  }

  secret(name: keyof typeof SECRET_FILES): string {
    return join(this.folder, 'secrets', SECRET_FILES[name]);
  }

  /** On the port of before. */
  async startCoordinator(): Promise<void> {
    const child = this.#start('coordinator', {
      LOCKSTEP_NATS_CREDENTIALS: this.secret('coordinatorCredentials'),
      LOCKSTEP_NATS_CA: this.secret('coordinatorAuthority'),
      LOCKSTEP_WORKER_SIGNING_KEY: this.secret('workerSigningKey'),
      LOCKSTEP_CREDENTIAL_SECONDS: String(this.#options.credentialSeconds),
      LOCKSTEP_TOKENS: this.secret('tokens'),
      LOCKSTEP_PORT: new URL(this.#url).port || '0',
    });
    child.once('message', ({ url }: { url?: string }) => (this.#url = url ?? this.#url));
    const answers = (): Promise<boolean> => this.client.version().then(Boolean, () => false);
    await waitFor(answers, 'the coordinator to answer', START_MILLISECONDS).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${this.logs()}`, { cause: error });
    });
  }

  startWorker(id: string): void {
    this.#start(`worker-${id}`, {
      LOCKSTEP_WORKER_ID: id,
      LOCKSTEP_JOIN_CREDENTIALS: this.secret('joinCredentials'),
      LOCKSTEP_NATS_CA: this.secret('workerAuthority'),
      LOCKSTEP_THREADS: '1',
    });
  }

  /** Sends `coordinator`, `worker-w1` … a signal and waits until it is gone. Gives its exit code, if it has one. */
  async kill(name: string, signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    const child = this.#children.get(name);
    child?.kill(signal);
    await this.untilEnded(name);
    return child?.exitCode ?? null;
  }

  async untilEnded(name: string): Promise<void> {
    await waitFor(() => !this.#children.has(name), `${name} to end`, START_MILLISECONDS);
  }

  /** States by the ids of workers. */
  async workers(): Promise<ReadonlyMap<string, string>> {
    return new Map((await this.client.workers.list()).map(({ id, state }) => [id, state]));
  }

  async untilWorkers(condition: (states: ReadonlyMap<string, string>) => boolean, what: string): Promise<void> {
    const holds = (): Promise<boolean> => this.workers().then(condition, () => false);
    await waitFor(holds, what, START_MILLISECONDS).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${this.logs()}`, { cause: error });
    });
  }

  async untilJob(id: string, condition: (status: JobStatus) => boolean, what: string): Promise<JobStatus> {
    let status: JobStatus | undefined;
    const holds = async (): Promise<boolean> => {
      status = await this.client.jobs.get(id).catch(() => undefined);
      return status !== undefined && (condition(status) || isFinal(status.state));
    };
    try {
      await waitFor(holds, `job ${id} ${what}`, JOB_MILLISECONDS);
    } catch (error) {
      throw new Error(`${String(error)} ${JSON.stringify(status)}\n${this.logs()}`, { cause: error });
    }
    return status as JobStatus;
  }

  log(name: string): string {
    return readFileSync(join(this.folder, `${name}.log`), 'utf8');
  }

  /** The last lines of every process, for a test that fails. */
  logs(): string {
    return [...this.#children.keys()].map((name) => `--- ${name}\n${this.log(name).slice(-3000)}`).join('\n');
  }

  async close(): Promise<void> {
    for (const name of [...this.#children.keys()]) await this.kill(name);
    await this.nats.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  #start(name: string, variables: NodeJS.ProcessEnv): ChildProcess {
    const log = openSync(join(this.folder, `${name}.log`), 'a');
    const common = { LOCKSTEP_NATS_URL: this.nats.url, LOCKSTEP_DATA_DIR: join(this.folder, name) };
    const [command = ''] = name.split('-');
    const child = spawn(process.execPath, [lockstepScript, command], {
      stdio: ['ignore', log, log, 'ipc'],
      env: { ...process.env, ...common, ...variables, ...this.#options.variables },
    });
    child.once('exit', () => this.#children.delete(name));
    this.#children.set(name, child);
    return child;
  }
}
