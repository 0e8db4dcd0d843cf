/** Own data from files to a trained model, over the command line, as a person would. */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { DatasetManifest } from '@lockstep/core';
import { expect, it } from 'vitest';
import { ownCluster } from '../support/own-cluster.js';
import { runLockstep, startLockstep } from '../support/command.js';
import { madeTable } from '../support/made-tables.js';

const own = ownCluster();

function dataset(...args: string[]) {
  return runLockstep(['dataset', ...args, '--url', own.cluster.client.url]);
}

async function put(name: string, text: string): Promise<string> {
  const path = join(own.folder, name);
  await writeFile(path, text);
  return path;
}

/** The service at another address, where no shard arrives after so many; `held` resolves when the first of them is sent. */
async function holdingUploads(url: string, most: number) {
  let [uploads, hold] = [0, (): void => undefined];
  const held = new Promise<void>((resolve) => (hold = resolve));
  const server = createServer((asked, answer) => {
    const { method, headers } = asked;
    if (method === 'PUT' && asked.url?.includes('/shards/') === true && (uploads += 1) > most) return hold();
    const passedOn = request(new URL(asked.url ?? '', url), { method, headers }, (found) => {
      answer.writeHead(found.statusCode ?? 500, found.headers);
      found.pipe(answer);
    });
    asked.pipe(passedOn);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, held, close };
}

it('imports a table, shows it, gives it versions, and deletes it', async () => {
  const path = await put(
    'tumours.csv',
    madeTable(300, 1, ({ benign }) => (benign ? 'benign' : 'malignant')),
  );
  const args = ['import', 'tumours', path, '--label', 'y', '--test', '0.2', '--json'];
  const { code, stdout, stderr } = await dataset(...args);
  expect([code, stderr]).toEqual([0, expect.stringContaining('imported as tumours@1')]);
  const manifest = JSON.parse(stdout) as DatasetManifest;
  expect(manifest.labels).toEqual({ kind: 'classes', classNames: ['benign', 'malignant'] });
  expect([manifest.splits['train']?.count, manifest.splits['test']?.count]).toEqual([240, 60]);

  expect((await dataset(...args)).stderr).toContain('the very same is there already, as tumours@1');
  await dataset(...args.slice(0, -2), '0.5', '--json');
  const versions = await dataset('get', 'tumours', '--versions', '--json');
  expect((JSON.parse(versions.stdout) as DatasetManifest[]).map(({ version }) => version)).toEqual([2, 1]);

  const rows = await dataset('preview', 'tumours@1', '--limit', '3');
  expect(rows.stdout.split('\n')[0]).toMatch(/^train +radius +texture +colour +→ class$/);
  expect(rows.stdout.trim().split('\n')).toHaveLength(4);
  expect((await dataset('preview', 'mnist', '--limit', '1')).stdout).toMatch(/@@/);

  expect((await dataset('delete', 'tumours@2')).code).toBe(0);
  expect((await dataset('get', 'tumours@2')).code).toBe(2);
  expect((await dataset('list')).stdout).toMatch(/tumours +1 +240 train · 60 test/);
});

it('refuses files that are wrong, with file and line, and leaves nothing', async () => {
  const path = await put('wrong.csv', 'a,y\n1,p\n2,q\n3\n');
  const { code, stdout, stderr } = await dataset('import', 'wrong', path, '--label', 'y');
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/wrong\.csv, line 4: has 1 cells, the header 2[^]*INVALID_DATASET/);
  expect(await dataset('get', 'wrong')).toMatchObject({ code: 2 });
});

it('leaves nothing half visible when it is broken off, and goes on when it is done again', async () => {
  const rows = Array.from(
    { length: 60_000 },
    (_, row) => `${row},${(row * 7919) % 104_729},`.repeat(20) + `${row % 2}`,
  );
  const header = Array.from({ length: 41 }, (_, column) => `c${column}`);
  const path = await put('large.csv', [header.join(), ...rows.map((row) => row.replace(/,,/g, ','))].join('\n'));
  const args = (url: string) => ['dataset', 'import', 'large', path, '--label', 'c40', '--url', url, '--json'];
  const service = await holdingUploads(own.cluster.url, 2);
  const broken = startLockstep(args(service.url));
  await service.held;
  broken.child.kill('SIGINT');
  const { code, stderr } = await broken.ended;
  service.close();
  expect([code, stderr]).toEqual([130, expect.stringContaining('nothing of it is visible')]);
  await expect(own.cluster.client.datasets.get('large')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const again = await runLockstep(args(own.cluster.url));
  expect(again.stderr).toMatch(/sent, [\d.]+ MB were there already/);
  expect((await own.cluster.client.datasets.get('large')).splits['train']?.count).toBe(60_000);
});

it('gives the same weights when no shard fits into the memory of a worker', async () => {
  const job = {
    name: 'digits',
    task: 'multiclass',
    data: { train: 'mnist/train', test: 'mnist/test' },
    model: { layers: [{ type: 'flatten' }, { type: 'dense', units: 10 }] },
    training: { epochs: 1, batchSize: 250, seed: 1, optimizer: { type: 'sgd', learningRate: 0.1 } },
  };
  const alone = await own.cluster.train(job);
  await own.cluster.addWorker('small', 1, ['--cache-memory', '1MiB', '--cache-disk', '6MiB']);
  const together = await own.cluster.train(job);
  expect([together.state, together.failure]).toEqual(['SUCCEEDED', null]);
  expect(together.weightsSha256).toBe(alone.weightsSha256);
  await own.cluster.endWorker('small');
});

it('keeps a dataset while a job uses it', async () => {
  const job = await own.cluster.client.jobs.submit({
    name: 'long',
    task: 'multiclass',
    data: { train: 'mnist/train' },
    model: { layers: [{ type: 'flatten' }, { type: 'dense', units: 10 }] },
    training: { epochs: 1000, batchSize: 64, seed: 1, optimizer: { type: 'sgd', learningRate: 0.1 } },
  });
  const refused = await dataset('delete', 'mnist');
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringMatching(new RegExp(`job ${job.id} uses[^]*CONFLICT`)),
  ]);
  await own.cluster.client.jobs.cancel(job.id);
  await own.cluster.ended(job.id);
  expect((await dataset('get', 'mnist')).code).toBe(0);
});
