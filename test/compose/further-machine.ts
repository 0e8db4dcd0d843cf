/**
 * A further machine with workers, made as docs/operations.md tells people to, in its words: what runs are the lines that
 * stand there. It is a folder with what a checkout has for it, and a project of its own. To its containers the first
 * cluster's NATS is at an address of the host, behind TLS, as it is to another machine's.
 */
import { copyFile, cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeBlocks, readDocument, ROOT, section } from '../support/documents.js';
import { docker, script } from './docker.js';
import { IMAGES, type Stack } from './stack.js';

const PROJECT = 'lockstep-test-workers';
const FILE = 'deploy/compose/compose.worker.yaml';
const SECRETS = 'deploy/compose/worker-secrets';
const SECONDS = 240;

export class FurtherMachine {
  readonly #checkout: string;
  readonly #environment: Readonly<Record<string, string>> = {
    COMPOSE_PROJECT_NAME: PROJECT,
    LOCKSTEP_WORKER_IMAGE: IMAGES.worker,
    LOCKSTEP_WORKER_CPUS: '1',
    LOCKSTEP_METRICS_ADDRESS: '127.0.0.1',
  };

  readonly #lines: DocumentedLines;

  private constructor(checkout: string, lines: DocumentedLines) {
    this.#checkout = checkout;
    this.#lines = lines;
  }

  /** Opens the cluster to other machines, and has one join with two workers. */
  static async join(stack: Stack): Promise<FurtherMachine> {
    const lines = documentedLines(await bridgeAddress(), stack.ports.nats);
    const machine = new FurtherMachine(await mkdtemp(join(tmpdir(), 'lockstep-further-machine-')), lines);
    try {
      await machine.#fillCheckout();
      await machine.#down('--volumes'); // what a run that was killed has left
      stack.change(settingsIn(lines.settings));
      await stack.shell(lines.open, machine.#checkout);
      await machine.#join(stack);
      return machine;
    } catch (error) {
      await machine.close();
      throw error;
    }
  }

  /** With what the first machine gives it now. */
  async joinAgain(stack: Stack): Promise<void> {
    await this.#down();
    await this.#join(stack);
  }

  async #join(stack: Stack): Promise<void> {
    await stack.shell(this.#lines.take, this.#checkout);
    await this.#shell(this.#lines.join);
  }

  /** Ids of all containers, or of those of a service that run. */
  async containers(service?: string): Promise<string[]> {
    const which = service === undefined ? ['--all'] : [service];
    return (await this.#compose(['ps', '--quiet', ...which])).split('\n').filter((line) => line !== '');
  }

  /** Makes its workers anew, under other names, with the secrets that it has. */
  async startAnew(workers: number): Promise<void> {
    await this.#compose(['up', '--detach', '--force-recreate', '--scale', `worker=${workers}`]);
  }

  logs(): Promise<string> {
    return this.#compose(['logs', '--no-color', '--tail', '40']);
  }

  async close(): Promise<void> {
    await this.#down('--volumes');
    await rm(this.#checkout, { recursive: true, force: true });
  }

  async #fillCheckout(): Promise<void> {
    await mkdir(join(this.#checkout, SECRETS), { recursive: true });
    await copyFile(join(ROOT, SECRETS, '.gitignore'), join(this.#checkout, SECRETS, '.gitignore'));
    await cp(join(ROOT, FILE), join(this.#checkout, FILE));
  }

  #compose(args: readonly string[], settings: Readonly<Record<string, string>> = {}): Promise<string> {
    const environment = { ...this.#environment, ...settings };
    return docker(['compose', '--file', FILE, ...args], { environment, seconds: SECONDS, cwd: this.#checkout });
  }

  async #down(...options: readonly string[]): Promise<void> {
    // The file asks for the address here too, and .env may not have it yet.
    await this.#compose(['down', '--timeout', '30', ...options], { LOCKSTEP_NATS_URL: 'tls://nowhere:4222' });
  }

  #shell(lines: string): Promise<void> {
    const options = { environment: this.#environment, seconds: SECONDS, cwd: this.#checkout };
    return script('sh', ['-euc', lines], options);
  }
}

/** What stands in the document on several machines, block by block. */
interface DocumentedLines {
  /** Of .env on the first machine. */
  readonly settings: string;
  readonly open: string;
  readonly take: string;
  readonly join: string;
}

/** With the address of this cluster's NATS in place of the example's. */
function documentedLines(address: string, port: number): DocumentedLines {
  const blocks = codeBlocks(section(readDocument('docs/operations.md'), 'Several machines'));
  const [settings, open, take, join, ...others] = blocks.map((block) =>
    block.replaceAll('192.0.2.10:4222', `${address}:${port}`).replaceAll('192.0.2.10', address),
  );
  if (settings === undefined || open === undefined || take === undefined || join === undefined || others.length > 0)
    throw new Error(`docs/operations.md has ${blocks.length} blocks on several machines, not 4.`);
  return { settings, open, take, join };
}

function settingsIn(lines: string): Record<string, string> {
  const found = lines.matchAll(/^(\w+)=(.*)$/gm);
  return Object.fromEntries([...found].map(([, name = '', value = '']) => [name, value]));
}

/** Of the host, on the engine's own bridge: containers of every project reach it, and no other machine does. */
async function bridgeAddress(): Promise<string> {
  const address = await docker(['network', 'inspect', 'bridge', '--format', '{{(index .IPAM.Config 0).Gateway}}']);
  return address.trim();
}
