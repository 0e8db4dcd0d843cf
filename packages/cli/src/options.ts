/** What the environment and the command line may say: the only file that reads the environment, and every default. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { LogFormat, LogLevel } from '@lockstep/service';
import { InvalidArgumentError } from 'commander';
import { clusterContextFile } from './paths.js';

const PREFIX = 'LOCKSTEP_';
/** Names that would say too little of what they are. */
const SPECIAL_VARIABLES: ReadonlyMap<string, string> = new Map([
  ['--nats', 'LOCKSTEP_NATS_URL'],
  ['--id', 'LOCKSTEP_WORKER_ID'],
]);

export interface Environment {
  /** A nats-server to use instead of the one that set-up brought. */
  readonly natsServer: string | undefined;
  /** Folders with programs. */
  readonly path: readonly string[];
  /** Whether colours are unwanted (no-color.org: set and not empty). */
  readonly noColor: boolean;
  /** The service that commands talk to, in place of the one of the context in use. */
  readonly url: string | undefined;
  /** Sent to the service that commands talk to, in place of the context's token. */
  readonly token: string | undefined;
  /** Holds the token, where `token` is not set. */
  readonly tokenFile: string | undefined;
  /** Where the contexts are kept. */
  readonly configFolder: string;
  /** A context that is there when this checkout's own cluster of containers is. */
  readonly clusterContextFile: string | undefined;
  /** Whether a worker is to be run even if nothing on the command line says so. */
  readonly runsWorker: boolean;
}

/** A variable that is set and empty counts as not set: that is what a compose file makes of one that is missing. */
export function dropEmptyVariables(environment: NodeJS.ProcessEnv = process.env): void {
  for (const [name, value] of Object.entries(environment)) {
    if (name.startsWith(PREFIX) && value === '') Reflect.deleteProperty(environment, name);
  }
}

/** For the services of an embedded cluster, whose options are all given by whoever starts it. */
export function environmentOfServices(environment: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith(PREFIX)));
}

/** Which variable stands for an option of a service: LOCKSTEP_MAX_RUNNING for `--max-running`. */
export function variableOf(option: string): string {
  return SPECIAL_VARIABLES.get(option) ?? `${PREFIX}${option.replace(/^--/, '').replaceAll('-', '_').toUpperCase()}`;
}

export function readEnvironment(environment: NodeJS.ProcessEnv = process.env): Environment {
  return {
    natsServer: environment['LOCKSTEP_NATS_SERVER'] || undefined,
    path: (environment['PATH'] ?? '').split(':').filter((folder) => folder !== ''),
    noColor: (environment['NO_COLOR'] ?? '') !== '',
    url: environment['LOCKSTEP_URL'] || undefined,
    token: environment['LOCKSTEP_TOKEN'] || undefined,
    tokenFile: environment['LOCKSTEP_TOKEN_FILE'] || undefined,
    configFolder: join(configHome(environment), 'lockstep'),
    clusterContextFile,
    runsWorker: (environment[variableOf('--nats')] ?? '') !== '',
  };
}

/** As the XDG base directory specification has it: a relative path counts as not set. */
function configHome(environment: NodeJS.ProcessEnv): string {
  const folder = environment['XDG_CONFIG_HOME'] ?? '';
  return folder.startsWith('/') ? folder : join(environment['HOME'] || homedir(), '.config');
}

export const LOG_FORMATS = ['json', 'pretty', 'silent'] as const satisfies readonly LogFormat[];
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const satisfies readonly LogLevel[];

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

export const CLI_DEFAULTS = {
  /** Of `demo` and `up`. */
  workers: 2,
  threads: 1,
  /** Of `coordinator` and `up`; the demo takes a free one, so that two of them do not meet. */
  port: 8470,
  /** Jobs side by side. */
  maxRunning: 2,
  /** Jobs that wait, in all and of one owner. */
  maxQueued: 10_000,
  maxQueuedPerOwner: 1000,
  host: '127.0.0.1',
  /** Copies of what NATS stores. */
  natsReplicas: 1,
  /** Life of a worker's credential. */
  credentialSeconds: 600,
  /** Where commands look for the service when nothing else is said: there `up` puts it. */
  url: 'http://127.0.0.1:8470',
  dataDir: 'lockstep-data',
  /** The demo's models go into a folder of the job's name in here. */
  outDir: 'lockstep-out',
} as const;

export const TEMPLATE_NAMES = ['mlp', 'cnn', 'autoencoder', 'binary', 'regression'] as const;
export type TemplateName = (typeof TEMPLATE_NAMES)[number];

export const parseWorkers = wholeNumber(1, 64);
export const parseThreads = wholeNumber(1, 64);
export const parseReplicas = wholeNumber(1, 5);
export const parseMaxRunning = wholeNumber(1, 4);
export const parseJobs = wholeNumber(1, 1_000_000);
export const parseLife = wholeNumber(5, 86_400);
export const parsePort = wholeNumber(0, 65_535);

/** @returns bytes: `512MiB`, `10GiB` */
export function parseBytes(text: string): number {
  const [, number, unit = ''] = /^([1-9]\d{0,6})(MiB|GiB)$/i.exec(text) ?? [];
  if (number !== undefined) return Number(number) * 2 ** (unit.toLowerCase() === 'gib' ? 30 : 20);
  throw new InvalidArgumentError('Allowed: sizes such as 512MiB or 10GiB.');
}

/** Ids go into subject names and paths. */
export function parseWorkerId(text: string): string {
  if (/^[a-z0-9][a-z0-9_-]{0,62}$/i.test(text)) return text;
  throw new InvalidArgumentError('Allowed: 1 to 63 letters, digits, dashes and underscores.');
}

export function parseNatsUrl(text: string): string {
  const protocols = text.split(',').map((url) => (URL.canParse(url) ? new URL(url).protocol : ''));
  if (protocols.every((protocol) => ['nats:', 'tls:', 'ws:', 'wss:'].includes(protocol))) return text;
  throw new InvalidArgumentError('Allowed: addresses such as nats://127.0.0.1:4222, with commas between.');
}

/** An option that may be given several times: commander hands over what there was before. */
export function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

/** A parser for commander, whose error names what is allowed. */
function wholeNumber(least: number, largest: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= largest) return value;
    throw new InvalidArgumentError(`Allowed: whole numbers from ${least} to ${largest}.`);
  };
}
