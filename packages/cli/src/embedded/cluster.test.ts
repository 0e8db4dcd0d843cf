import { readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { isLockstepError, type LockstepError } from '@lockstep/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  bareEnvironment,
  isAlive,
  makeFolder,
  readJsonLines,
  until,
  writeFakePrograms,
  type FakePrograms,
} from '../testing/fake-programs.js';
import { startCluster, type Cluster, type ClusterOptions } from './cluster.js';

let programs: FakePrograms;
let dataDir: string;
let cluster: Cluster | undefined;
const said: string[] = [];
const failures: LockstepError[] = [];

beforeEach(async () => {
  programs = await writeFakePrograms();
  dataDir = await makeFolder();
  said.length = failures.length = 0;
});

afterEach(async () => {
  await cluster?.stop();
  cluster = undefined;
  await rm(programs.folder, { recursive: true });
  await rm(dataDir, { recursive: true, force: true });
});

async function start(changes: Partial<ClusterOptions> = {}, signal?: AbortSignal): Promise<Cluster> {
  const options: ClusterOptions = {
    ...{ workers: 2, threads: 1, port: 0, dataDir, temporary: false, script: programs.script },
    environment: bareEnvironment({ natsServer: programs.natsServer }),
    say: (line) => void said.push(line),
    onFailure: (error) => void failures.push(error),
  };
  cluster = await startCluster({ ...options, ...changes }, signal);
  return cluster;
}

async function startFailure(changes: Partial<ClusterOptions>, signal?: AbortSignal): Promise<LockstepError> {
  const error: unknown = await start(changes, signal).catch((reason: unknown) => reason);
  if (!isLockstepError(error)) throw error instanceof Error ? error : new Error('it has started');
  return error;
}

async function pidsInLogs(): Promise<number[]> {
  const names = await readdir(join(dataDir, 'logs')).catch(() => []);
  const logs = await Promise.all(names.map((name) => readFile(join(dataDir, 'logs', name), 'utf8')));
  return logs.flatMap((log) => [...log.matchAll(/pid (\d+)/g)].map((match) => Number(match[1])));
}

describe('the embedded cluster', () => {
  it('starts every process, hands them what they need, and leaves none', async () => {
    const { url, natsUrl, workerIds, pids, stop } = await start({ threads: 3 });
    expect(workerIds).toEqual(['w1', 'w2']);
    expect((await fetch(url)).status).toBe(200);
    const running = [...pids().values()];
    expect([...pids().keys()]).toEqual(['nats-server', 'coordinator', 'worker w1', 'worker w2']);
    const [args] = (await readJsonLines(join(dataDir, 'logs/worker-w2.log'))) as [string[]];
    const folder = join(dataDir, 'worker-w2');
    expect(args).toEqual([
      'worker',
      '--id',
      'w2',
      '--threads',
      '3',
      '--memory',
      expect.stringMatching(/^\d+MiB$/),
      '--metrics-port',
      '0',
      '--metrics-host',
      '127.0.0.1',
      '--cache-dir',
      join(dataDir, 'shards'),
      '--nats',
      natsUrl,
      '--data-dir',
      folder,
      '--log',
      'json',
    ]);
    await stop();
    expect(running.filter(isAlive)).toEqual([]);
  });

  it('gives each worker a port for its metrics, counted from the one that is asked for', async () => {
    const { metricsUrls } = await start({ metricsPort: 9464 });
    expect([...metricsUrls().keys()]).toEqual(['w1', 'w2']);
    const logs = ['w1', 'w2'].map((id) => readJsonLines(join(dataDir, `logs/worker-${id}.log`)));
    const ports = (await Promise.all(logs)).map(
      ([args]) => (args as string[])[(args as string[]).indexOf('--metrics-port') + 1],
    );
    expect(ports).toEqual(['9464', '9465']);
  });

  it('brings a killed worker back, and says where its metrics are now', async () => {
    const { killWorker, pids, metricsUrls } = await start();
    const before = pids().get('worker w2');
    const address = metricsUrls().get('w2');
    expect(killWorker('w2')).toBe(true);
    expect(killWorker('w9')).toBe(false);
    await until(() => said.includes('worker w2 is back'), 'the worker is back');
    expect(pids().get('worker w2')).not.toBe(before);
    expect(metricsUrls().get('w2')).not.toBe(address);
    expect((await fetch(metricsUrls().get('w2') ?? '')).status).toBe(200);
    expect(said[0]).toBe('worker w2 was ended by SIGKILL: started again in 1 s');
  });

  it('brings nats-server and the coordinator back on the ports they had', async () => {
    const { url, natsUrl, pids } = await start();
    for (const name of ['nats-server', 'coordinator']) process.kill(pids().get(name) ?? 0, 'SIGKILL');
    await until(
      () => ['nats-server is back', 'coordinator is back'].every((line) => said.includes(line)),
      'both are back',
    );
    expect((await fetch(url)).status).toBe(200);
    const config = await readFile(join(dataDir, 'nats/nats-server.conf'), 'utf8');
    expect(config).toContain(`\nport: ${new URL(natsUrl).port}\n`);
    expect(failures).toEqual([]);
  });

  it('has its folder to itself until it has ended, save for one that is temporary', async () => {
    const { stop } = await start();
    const error = await startFailure({});
    expect(error).toMatchObject({ code: 'CONFLICT', hint: expect.stringContaining('--data-dir') as string });
    expect(error.message).toContain(dataDir);
    await stop();
    await (await start()).stop();
    expect(await readdir(dataDir)).not.toContain('cluster.lock');
    await start({ temporary: true });
    expect(await readdir(dataDir)).not.toContain('cluster.lock');
  });

  it('names the port that is taken and what to do, before anything is started', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const error = await startFailure({ port });
    other.close();
    expect(error).toMatchObject({ code: 'PORT_IN_USE', hint: '--port 0 takes a free one' });
    expect(error.message).toContain(`port ${port} `);
    await expect(readdir(dataDir)).resolves.toEqual([]);
  });

  it('leaves nothing running when one of its processes does not start', async () => {
    const failing = await writeFakePrograms(`
      console.log('pid ' + process.pid);
      if (process.argv[2] === 'worker' && process.argv[4] === 'w2') { console.log('no luck'); process.exit(9); }
      process.send({ type: 'ready', url: 'http://127.0.0.1:1' });
      setInterval(() => {}, 1000);
    `);
    const error = await startFailure({ script: failing.script });
    expect(error.message).toContain('worker w2 ended with exit code 9 before it was ready');
    expect(error.message).toContain('no luck');
    expect((await pidsInLogs()).filter(isAlive)).toEqual([]);
    await rm(failing.folder, { recursive: true });
  });

  it('ends everything when it is interrupted while it starts', async () => {
    const hanging = await writeFakePrograms(`console.log('pid ' + process.pid); setInterval(() => {}, 1000);`);
    const interrupt = new AbortController();
    const failed = start({ script: hanging.script }, interrupt.signal);
    failed.catch(() => undefined);
    await until(async () => (await pidsInLogs()).length === 3, 'all services were started');
    interrupt.abort(new Error('interrupted'));
    await expect(failed).rejects.toThrow('interrupted');
    expect((await pidsInLogs()).filter(isAlive)).toEqual([]);
    await rm(hanging.folder, { recursive: true });
  });

  it('ends stubborn processes at once when it is told to', async () => {
    const stubborn = await writeFakePrograms(`
      process.on('SIGTERM', () => {});
      process.send({ type: 'ready', url: 'http://127.0.0.1:1' });
      setInterval(() => {}, 1000);
    `);
    const { pids, stop } = await start({ script: stubborn.script });
    const running = [...pids().values()];
    const ended = stop();
    await stop('now');
    await ended;
    expect(running.filter(isAlive)).toEqual([]);
    await rm(stubborn.folder, { recursive: true });
  });

  it('names the places it looked at when there is no nats-server', async () => {
    const named = await startFailure({ environment: bareEnvironment({ natsServer: '/nowhere/nats-server' }) });
    expect(named).toMatchObject({ code: 'NATS_SERVER_MISSING' });
    expect(named.message).toContain('/nowhere/nats-server');
    expect(named.hint).toContain('npm run setup');
  });
});
