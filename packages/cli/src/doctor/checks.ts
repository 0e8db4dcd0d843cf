/** What the doctor looks at, one check after the other. A check that throws is a check that failed. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isLockstepError } from '@lockstep/core';
import type { MachineThreads } from '@lockstep/service';
import { startGuard } from '../embedded/guard.js';
import { defineNatsServer, findNatsServer } from '../embedded/nats-server.js';
import { checkPort } from '../embedded/ports.js';
import { SupervisedProcess } from '../embedded/supervised-process.js';
import { CLI_DEFAULTS, readEnvironment } from '../options.js';
import { machineChecksScript } from '../paths.js';

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly found: string;
  /** What to do; empty when nothing is to be done. */
  readonly remedy: string;
}

/** The set-up's own checks are a script beside it, since they also have to run before anything is built. */
interface MachineChecks {
  checkMachine(): Promise<readonly Check[]>;
  verifyNativeCache(): Promise<readonly Check[]>;
}

const SET_UP = 'run: npm run setup';

/** Every check, in the order in which a missing thing explains the next. */
export async function* runChecks(): AsyncGenerator<Check, void, void> {
  const machine = await attempt('set-up', async () => {
    const script = (await import(pathToFileURL(machineChecksScript).href)) as MachineChecks;
    return [...(await script.checkMachine()), ...(await script.verifyNativeCache())];
  });
  yield* machine;
  yield* await attempt('threads', async () => {
    const { checkThreads } = await import('@lockstep/engine');
    return [{ name: 'two threads compute', ...(await checkThreads()) }];
  });
  yield* await attempt('threads of a worker', async () => {
    const { machineThreads } = await import('@lockstep/service');
    return [{ name: 'threads of a worker', ok: true, found: describeThreads(machineThreads()), remedy: '' }];
  });
  yield* await attempt('nats-server answers', checkNats);
  yield* await attempt('a free port', async () => {
    const port = await checkPort(CLI_DEFAULTS.host, 0);
    return [{ name: 'a free port', ok: true, found: `${port} on ${CLI_DEFAULTS.host}`, remedy: '' }];
  });
}

async function attempt(name: string, check: () => Promise<readonly Check[]>): Promise<readonly Check[]> {
  try {
    return await check();
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return [{ name, ok: false, found, remedy: (isLockstepError(error) ? error.hint : undefined) ?? SET_UP }];
  }
}

/** What `lockstep worker` takes without `--threads`, and why. */
export function describeThreads({ count, cores, limit }: MachineThreads): string {
  const allowed = limit === undefined ? '' : `, of which the container may use ${Number(limit.toFixed(2))}`;
  return `${count}, for ${cores} ${cores === 1 ? 'core' : 'cores'}${allowed}`;
}

async function checkNats(): Promise<readonly Check[]> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
  const guard = startGuard(folder);
  const logFile = join(folder, 'nats-server.log');
  try {
    const server = defineNatsServer(await findNatsServer(readEnvironment()), folder, logFile);
    const supervised = new SupervisedProcess(
      {
        name: 'nats-server',
        logFile,
        ipc: false,
        command: () => server.command(),
        ready: (child) => server.ready(child),
      },
      { guard, say: () => undefined, fail: () => undefined },
    );
    await supervised.start();
    await supervised.stop();
    return [{ name: 'nats-server answers', ok: true, found: `at ${server.url()}`, remedy: '' }];
  } finally {
    await guard.release();
    await rm(folder, { recursive: true, force: true });
  }
}
