import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isLockstepError, type LockstepError } from '@lockstep/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isAlive, makeFolder, until } from '../testing/fake-programs.js';
import { startGuard, type Guard } from './guard.js';
import type { RestartLimits } from './restart-policy.js';
import { SupervisedProcess } from './supervised-process.js';

const READY = `process.send({ type: 'ready' }); process.on('disconnect', () => process.exit());`;
const LIVES = `${READY} setInterval(() => {}, 1000);`;

let folder: string;
let guard: Guard;
let supervised: SupervisedProcess | undefined;
const said: string[] = [];
const failures: LockstepError[] = [];

beforeEach(async () => {
  folder = await makeFolder();
  guard = startGuard();
  said.length = failures.length = 0;
});

afterEach(async () => {
  await supervised?.stop();
  await guard.release();
  await rm(folder, { recursive: true });
});

function supervise(source: string, limits: Partial<RestartLimits> = {}, mayLeave = false): SupervisedProcess {
  supervised = new SupervisedProcess(
    {
      name: 'worker w1',
      logFile: join(folder, 'w1.log'),
      ipc: true,
      command: () => Promise.resolve({ file: process.execPath, args: ['-e', source] }),
      ready: async (child) => {
        await child.ready(60_000);
      },
      limits: { delayMilliseconds: 1, restarts: 3, windowMilliseconds: 60_000, ...limits },
      mayLeave,
    },
    { guard, say: (line) => void said.push(line), fail: (error) => void failures.push(error) },
  );
  return supervised;
}

async function startFailure(process: SupervisedProcess): Promise<LockstepError> {
  const error: unknown = await process.start().catch((reason: unknown) => reason);
  if (!isLockstepError(error)) throw error instanceof Error ? error : new Error('it has started');
  return error;
}

describe('a supervised process', () => {
  it('runs once it has said that it is ready, and is gone after stop', async () => {
    const process = supervise(LIVES);
    await process.start();
    expect(process.lifecycle).toBe('running');
    const pid = process.pid ?? 0;
    expect(isAlive(pid)).toBe(true);
    await process.stop();
    expect(process.lifecycle).toBe('stopped');
    expect(isAlive(pid)).toBe(false);
    expect(said).toEqual([]);
  });

  it('is started again when it dies, and says so in one line each', async () => {
    const process = supervise(LIVES);
    await process.start();
    const first = process.pid;
    expect(process.kill('SIGKILL')).toBe(true);
    await until(() => said.length === 2, 'the process is back');
    expect(process.lifecycle).toBe('running');
    expect(process.pid).not.toBe(first);
    expect(said).toEqual(['worker w1 was ended by SIGKILL: started again in 0.001 s', 'worker w1 is back']);
  });

  it('is not started again when it may leave and has ended with exit code 0', async () => {
    const process = supervise(`${READY} setTimeout(() => process.exit(0), 1);`, {}, true);
    await process.start();
    await until(() => process.lifecycle === 'left', 'the process has left');
    expect(process.pid).toBeUndefined();
    expect(said).toEqual(['worker w1 has left and is not started again']);
    expect(failures).toEqual([]);
  });

  it('is started again when it may leave but has failed', async () => {
    const process = supervise(`${READY} setTimeout(() => process.exit(1), 1);`, { restarts: 1 }, true);
    await process.start();
    await until(() => failures.length === 1, 'it has given up');
    expect(said[0]).toBe('worker w1 ended with exit code 1: started again in 0.001 s');
  });

  it('gives up when it keeps dying, with the end of its log', async () => {
    const process = supervise(`${READY} console.error('out of luck'); setTimeout(() => process.exit(7), 1);`, {
      restarts: 2,
    });
    await process.start();
    await until(() => failures.length > 0, 'the supervisor gave up');
    expect(process.lifecycle).toBe('failed');
    expect(failures).toHaveLength(1);
    expect(failures[0]?.code).toBe('PROCESS_EXITED');
    expect(failures[0]?.message).toContain('worker w1 ended with exit code 7; it ended 3 times within 60 s');
    expect(failures[0]?.message).toContain('  out of luck');
  });

  it('fails to start with the end of the log when the process ends before it is ready', async () => {
    const error = await startFailure(supervise(`console.error('no library'); process.exit(3)`));
    expect(error.code).toBe('PROCESS_EXITED');
    expect(error.message).toBe(
      'worker w1 ended with exit code 3 before it was ready; the end of its log:\n  no library',
    );
  });

  it('fails to start with the reason that the process reports', async () => {
    const failed = { type: 'failed', code: 'PORT_IN_USE', message: 'port 1 is taken', hint: 'take another' };
    const error = await startFailure(supervise(`process.send(${JSON.stringify(failed)}); setInterval(() => {}, 1000)`));
    expect(error).toMatchObject({ code: 'PORT_IN_USE', message: 'worker w1: port 1 is taken', hint: 'take another' });
    expect(supervised?.pid).toBeUndefined();
  });

  it('is killed when it ignores SIGTERM for longer than the grace', async () => {
    const process = supervise(`process.on('SIGTERM', () => {}); ${LIVES}`);
    await process.start();
    const pid = process.pid ?? 0;
    await process.stop(50);
    expect(isAlive(pid)).toBe(false);
  });

  it('is ended by stop also while it starts', async () => {
    const process = supervise(
      `require('node:fs').writeFileSync(${JSON.stringify(folder)} + '/up', ''); setInterval(() => {}, 1000)`,
    );
    const started = startFailure(process);
    await until(() => process.pid !== undefined, 'the process was started');
    const pid = process.pid ?? 0;
    await process.stop();
    expect((await started).code).toBe('PROCESS_EXITED');
    expect(isAlive(pid)).toBe(false);
  });

  it('is not started again after stop, even when stop comes while it waits', async () => {
    const process = supervise(LIVES, { delayMilliseconds: 60_000 });
    await process.start();
    process.kill('SIGKILL');
    await until(() => process.lifecycle === 'waiting', 'the restart is due');
    expect(process.kill('SIGKILL')).toBe(false);
    await process.stop();
    expect(process.lifecycle).toBe('stopped');
    expect(process.pid).toBeUndefined();
  });

  it('says so when its program does not exist', async () => {
    const process = new SupervisedProcess(
      {
        name: 'nats-server',
        logFile: join(folder, 'nats.log'),
        ipc: false,
        command: () => Promise.resolve({ file: join(folder, 'missing'), args: [] }),
        ready: () => Promise.resolve(),
      },
      { guard, say: () => undefined, fail: () => undefined },
    );
    expect((await startFailure(process)).message).toMatch(/nats-server could not be started: .*ENOENT/);
  });
});
