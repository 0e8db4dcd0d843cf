/**
 * What an import of a file larger than memory takes: made rows, imported by the command in a process of its own into a
 * cluster of real processes. Linux only: memory is the high-water mark that /proc tells of.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startCluster, type Cluster } from '@lockstep/cli';
import { writeMadeRows, type MadeRows } from './made-rows.js';

export interface ImportSummary extends MadeRows {
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  readonly seconds: number;
  /** Of the CSV, in 10^6 bytes. */
  readonly megabytesPerSecond: number;
  /** The most memory that each process ever held, in MiB; the services' before the import too. */
  readonly mebibytes: {
    readonly client: number;
    readonly coordinator: Service;
    readonly natsServer: Service;
  };
}

interface Service {
  readonly before: number;
  readonly most: number;
}

const LIMIT_MEBIBYTES = 500;
const ASK_EVERY_MILLISECONDS = 50;
const UNITS: Readonly<Record<string, number>> = { MiB: 2 ** 20, GiB: 2 ** 30 };
const lockstep = fileURLToPath(new URL('../../lockstep', import.meta.url));

/** @param size such as 2GiB; twice as much must be free on the disk of the folder for temporary files */
export async function measureImport(size: string): Promise<ImportSummary> {
  const bytes = bytesOf(size);
  const folder = await mkdtemp(path.join(tmpdir(), 'lockstep-bench-'));
  let cluster: Cluster | undefined;
  try {
    const file = path.join(folder, 'made.csv');
    process.stderr.write(`writes ${size} of rows to ${file}\n`);
    const made = await writeMadeRows(file, bytes);
    cluster = await startCluster({
      ...{ workers: 1, threads: 1, port: 0, dataDir: path.join(folder, 'cluster'), temporary: true },
      say: () => undefined,
      onFailure: (error) => process.stderr.write(`${error.message}\n`),
    });
    const [coordinator, natsServer] = [highWater(cluster, 'coordinator'), highWater(cluster, 'nats-server')];
    const before = { coordinator: coordinator(), natsServer: natsServer() };
    process.stderr.write('imports them\n');
    const { seconds, mebibytes } = await runImport(cluster.url, file);
    return {
      ...{ node: process.version, cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length },
      ...made,
      seconds,
      megabytesPerSecond: made.bytes / 1e6 / seconds,
      mebibytes: {
        client: mebibytes,
        coordinator: { before: before.coordinator, most: coordinator() },
        natsServer: { before: before.natsServer, most: natsServer() },
      },
    };
  } finally {
    await cluster?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

export function renderImport({ node, cpu, cores, rows, bytes, seconds, ...figures }: ImportSummary): string {
  const { client, coordinator, natsServer } = figures.mebibytes;
  const service = ({ before, most }: Service): string => `${most.toFixed(0)} MiB (${before.toFixed(0)} before)`;
  const verdict = client < LIMIT_MEBIBYTES ? 'below' : 'NOT below';
  return [
    `Node ${node}, ${String(cores)} cores, ${cpu}`,
    `${rows.toLocaleString('en')} rows, ${(bytes / 2 ** 20).toFixed(0)} MiB of CSV`,
    `${'time'.padEnd(20)}${seconds.toFixed(1)} s, ${figures.megabytesPerSecond.toFixed(1)} MB/s`,
    `${'the import held'.padEnd(20)}${client.toFixed(0)} MiB at most, ${verdict} ${String(LIMIT_MEBIBYTES)}`,
    `${'the coordinator'.padEnd(20)}${service(coordinator)}`,
    `${'nats-server'.padEnd(20)}${service(natsServer)}`,
    '',
  ].join('\n');
}

function bytesOf(size: string): number {
  const [, count, unit = ''] = /^([1-9]\d{0,5})(MiB|GiB)$/.exec(size) ?? [];
  if (count === undefined) throw new RangeError('--import must be a size such as 300MiB or 2GiB');
  return Number(count) * (UNITS[unit] ?? 0);
}

async function runImport(url: string, file: string): Promise<{ seconds: number; mebibytes: number }> {
  const started = performance.now();
  const args = [lockstep, 'dataset', 'import', 'made', file, '--label', 'y', '--test', '0.1', '--url', url];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = `${said}${text}`.slice(-2000)));
  const mebibytes = watchMemory(child);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new RangeError(`the import ended with ${String(code)}: ${said}`);
  return { seconds: (performance.now() - started) / 1000, mebibytes: mebibytes() };
}

/** A process that is gone tells nothing: the mark only ever rises, so the last answer is as good as its end. */
function watchMemory(child: ChildProcess): () => number {
  let most = 0;
  const ask = (): void => {
    most = Math.max(most, mebibytesOf(child.pid) ?? 0);
  };
  const timer = setInterval(ask, ASK_EVERY_MILLISECONDS);
  child.once('exit', () => {
    clearInterval(timer);
  });
  return () => most;
}

function highWater(cluster: Cluster, name: string): () => number {
  return () => mebibytesOf(cluster.pids().get(name)) ?? Number.NaN;
}

function mebibytesOf(pid: number | undefined): number | undefined {
  try {
    const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) / 1024;
  } catch {
    return undefined;
  }
}
