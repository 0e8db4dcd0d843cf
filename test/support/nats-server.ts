/**
 * A real nats-server with JetStream for one test file: on a free port of the loopback interface, with its store in a
 * temporary folder. It can be stopped, killed, paused and started again on the same port and store.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { waitFor } from './wait-for.js';

const repository = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** The binary, or undefined: LOCKSTEP_NATS_SERVER, then what set-up put into .lockstep, then PATH. */
function findNatsServer(): string | undefined {
  const fromPath = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'nats-server'));
  const candidates = [process.env['LOCKSTEP_NATS_SERVER'], join(repository, '.lockstep', 'nats-server'), ...fromPath];
  return candidates.find((candidate) => candidate !== undefined && candidate !== '' && isExecutable(candidate));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface TestNatsOptions {
  /** Lines to add to the configuration file. */
  readonly config?: string;
}

export class TestNatsServer {
  readonly folder = mkdtempSync(join(tmpdir(), 'lockstep-nats-'));
  readonly #binary: string;
  readonly #config: string;
  readonly #killAtExit = (): void => void this.#child?.kill('SIGKILL');
  #port = -1;
  #child: ChildProcess | undefined;

  private constructor(binary: string, options: TestNatsOptions) {
    this.#binary = binary;
    this.#config = options.config ?? '';
    process.once('exit', this.#killAtExit);
  }

  static async start(options: TestNatsOptions = {}): Promise<TestNatsServer> {
    const binary = findNatsServer();
    if (binary === undefined) throw new Error('No nats-server: run npm run setup or set LOCKSTEP_NATS_SERVER.');
    const server = new TestNatsServer(binary, options);
    try {
      await server.restart();
    } catch (error) {
      await server.close();
      throw error;
    }
    return server;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** JetStream's files. */
  get storeFolder(): string {
    return join(this.folder, 'store');
  }

  /** What the server said, for a failing test. */
  log(): string {
    const file = join(this.folder, 'log');
    return existsSync(file) ? readFileSync(file, 'utf8') : '(no log: perhaps the configuration is refused)';
  }

  /** Starts the server on the port and store of before; does nothing while it runs. */
  async restart(): Promise<void> {
    if (this.#child !== undefined) return;
    const ports = join(this.folder, 'ports');
    rmSync(ports, { recursive: true, force: true });
    mkdirSync(ports);
    const file = join(this.folder, 'nats.conf');
    writeFileSync(file, this.#configuration(ports));
    const child = spawn(this.#binary, ['-c', file], { stdio: 'ignore' });
    this.#child = child;
    child.once('exit', () => {
      if (this.#child === child) this.#child = undefined;
    });
    await waitFor(() => this.#child === undefined || this.#readPort(ports), 'nats-server to write its ports');
    if (this.#child === undefined) throw new Error(`nats-server ended at once:\n${this.log()}`);
    await waitFor(() => answers(this.#port), 'nats-server to answer');
  }

  /** An orderly end. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** As a crash or the kernel would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  /** Ends the server and removes its folder. */
  async close(): Promise<void> {
    await this.kill();
    process.removeListener('exit', this.#killAtExit);
    rmSync(this.folder, { recursive: true, force: true });
  }

  #configuration(ports: string): string {
    return [
      'host: "127.0.0.1"',
      `port: ${this.#port}`,
      `ports_file_dir: ${JSON.stringify(ports)}`,
      `log_file: ${JSON.stringify(join(this.folder, 'log'))}`,
      'max_payload: 8MB',
      'ping_interval: "5s"',
      `jetstream { store_dir: ${JSON.stringify(this.storeFolder)}, sync_interval: always }`,
      this.#config,
      '',
    ].join('\n');
  }

  #readPort(ports: string): boolean {
    const [file] = readdirSync(ports);
    if (file === undefined) return false;
    const urls = /"(?:nats|tls):\/\/[^"]*:(\d+)"/.exec(readFileSync(join(ports, file), 'utf8'));
    if (urls?.[1] === undefined) return false;
    this.#port = Number(urls[1]);
    return true;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    child.kill(signal);
    // A stopped process takes SIGTERM when it goes on.
    child.kill('SIGCONT');
    await waitFor(() => this.#child === undefined, `nats-server to end by ${signal}`);
  }
}

/** Whether a server greets on that port. */
async function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', () => finish(true));
    socket.once('error', () => finish(false));
    socket.setTimeout(1000, () => finish(false));
  });
}
