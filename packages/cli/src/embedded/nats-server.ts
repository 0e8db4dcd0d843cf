/** The embedded cluster's nats-server: finding it, its configuration, and knowing when and where it answers. */
import { constants } from 'node:fs';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LockstepError } from '@lockstep/core';
import type { Environment } from '../options.js';
import { cacheFolder } from '../paths.js';
import { describeExit, exitedError, type Child, type Command } from './child.js';

/** It answers in a fraction of a second; on a busy machine with much in its store it may take as long as the services. */
const READY_MILLISECONDS = 60_000;
const ASK_AGAIN_MILLISECONDS = 20;

/** @throws LockstepError NATS_SERVER_MISSING that names every place that was looked at. */
export async function findNatsServer(environment: Environment): Promise<string> {
  if (environment.natsServer !== undefined) {
    if (await isExecutable(environment.natsServer)) return environment.natsServer;
    throw new LockstepError(
      'NATS_SERVER_MISSING',
      `LOCKSTEP_NATS_SERVER names ${environment.natsServer}, which is no program that can be run`,
      { hint: 'correct it, or unset it and run: npm run setup' },
    );
  }
  const candidates = [cacheFolder, ...environment.path].map((folder) => join(folder, 'nats-server'));
  for (const candidate of candidates) if (await isExecutable(candidate)) return candidate;
  throw new LockstepError(
    'NATS_SERVER_MISSING',
    `no nats-server in ${cacheFolder} nor in the PATH (${environment.path.join(delimiter)})`,
    { hint: 'run: npm run setup' },
  );
}

export interface NatsServer {
  /** Set once it has been ready for the first time. */
  url(): string;
  command(): Promise<Command>;
  ready(child: Child): Promise<void>;
}

/** @param folder its configuration, log and JetStream's files go in here; made when missing */
export function defineNatsServer(program: string, folder: string, logFile: string): NatsServer {
  const ports = join(folder, 'ports');
  const config = join(folder, 'nats-server.conf');
  // The first start takes a free port; later ones must take the same, since everyone else connects to it again.
  let port = -1;
  return {
    url: () => `nats://127.0.0.1:${port}`,
    command: async () => {
      await rm(ports, { recursive: true, force: true });
      await mkdir(ports, { recursive: true });
      await writeFile(config, natsConfig(folder, ports, port));
      return { file: program, args: ['--config', config] };
    },
    ready: async (child) => {
      const controller = new AbortController();
      const exit = child.exited.then(async (how) => {
        throw await exitedError({ name: child.name, logFile }, `${describeExit(how)} before it was ready`);
      });
      const answer = waitUntilItAnswers(join(ports, `nats-server_${child.pid}.ports`), logFile, controller.signal);
      try {
        port = await Promise.race([answer, exit]);
      } finally {
        controller.abort();
        exit.catch(() => undefined);
        answer.catch(() => undefined);
      }
    },
  };
}

/** Loopback only, and every write on the disk before it is acknowledged: what the ledger says must be so. */
function natsConfig(folder: string, ports: string, port: number): string {
  const text = (value: string): string => JSON.stringify(value);
  return [
    'server_name: lockstep-embedded',
    'host: "127.0.0.1"',
    `port: ${port}`,
    `ports_file_dir: ${text(ports)}`,
    'max_payload: 8MB',
    `jetstream { store_dir: ${text(join(folder, 'jetstream'))}, sync_interval: always }`,
    '',
  ].join('\n');
}

async function waitUntilItAnswers(portsFile: string, logFile: string, signal: AbortSignal): Promise<number> {
  const deadline = performance.now() + READY_MILLISECONDS;
  while (performance.now() < deadline) {
    const port = await readPort(portsFile);
    if (port !== undefined && (await greets(port))) return port;
    await delay(ASK_AGAIN_MILLISECONDS, undefined, { signal });
  }
  const message = `nats-server did not answer within ${READY_MILLISECONDS / 1000} s`;
  throw new LockstepError('TIMEOUT', message, { hint: `its log: ${logFile}` });
}

/** The ports file is written in one go only on some systems, so half of it counts as none. */
async function readPort(file: string): Promise<number | undefined> {
  try {
    const { nats } = JSON.parse(await readFile(file, 'utf8')) as { nats?: string[] };
    const port = Number(new URL(nats?.[0] ?? '').port);
    return port > 0 ? port : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a server on the port opens the conversation the way NATS does: with `INFO`. */
function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 1000 });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', (data) => {
      end(data.toString('latin1').startsWith('INFO '));
    });
    socket.once('error', () => {
      end(false);
    });
    socket.once('timeout', () => {
      end(false);
    });
    socket.once('close', () => {
      end(false);
    });
  });
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
