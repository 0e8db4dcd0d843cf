import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { planJob, type DatasetManifest } from '@lockstep/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readJobFile } from '../job-file.js';
import { TEMPLATE_NAMES, type TemplateName } from '../options.js';
import { jobFileSchemaFile, repositoryRoot } from '../paths.js';
import { makeFolder } from '../testing/fake-programs.js';
import { writeJobFile } from './write-job-file.js';

let folder: string;
beforeEach(async () => {
  folder = await makeFolder();
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const mnist: DatasetManifest = {
  name: 'mnist',
  version: 1,
  features: { shape: [28, 28, 1], dtype: 'uint8', offset: 0, scale: 1 / 255 },
  labels: { kind: 'classes', classNames: Array.from('0123456789') },
  rowsPerShard: 1000,
  splits: { train: { count: 8000, shards: [] }, test: { count: 2000, shards: [] } },
  source: 'made up',
};

/** What each template is about. */
function datasetsOf(template: TemplateName | undefined): DatasetManifest[] {
  const features: DatasetManifest['features'] = { shape: [4], dtype: 'float32', offset: 0, scale: 1 };
  const statistics = { classCounts: { train: [5000, 3000], test: [1000, 1000] } };
  const table: DatasetManifest = { ...mnist, name: 'my-table', features };
  if (template === 'regression') return [{ ...table, labels: { kind: 'values', names: ['price'] } }];
  return [mnist, { ...table, labels: { kind: 'classes', classNames: ['no', 'yes'] }, statistics }];
}

function faultsOf(job: unknown, template?: TemplateName): unknown {
  const datasets = datasetsOf(template);
  const result = planJob(
    job,
    (name) => datasets.find((dataset) => dataset.name === name),
    datasets.map(({ name }) => name),
  );
  return result.ok ? [] : result.faults;
}

describe('lockstep init', () => {
  it.each(TEMPLATE_NAMES)(
    'writes a job file of template %s that can be trained, also with what is commented out',
    async (template) => {
      const { path, name } = await writeJobFile({ file: join(folder, 'my-job'), template, force: false });
      expect([path, name]).toEqual([join(folder, 'my-job.yaml'), 'my-job']);
      const job = await readJobFile(path);
      expect(job).toMatchObject({ name: 'my-job', $schema: pathToFileURL(jobFileSchemaFile).href });
      expect(faultsOf(job, template)).toEqual([]);
      const text = await readFile(path, 'utf8');
      expect(text.split('\n')[0]).toBe(`# yaml-language-server: $schema=${String(job['$schema'])}`);
      expect(text).not.toMatch(/\b(NAME|SCHEMA|FILE)\b/);
      const complete = join(folder, 'complete.yaml');
      await writeFile(complete, text.replaceAll(/^( *)# (?=\w+: )/gm, '$1'));
      const everything = await readJobFile(complete);
      expect(everything).toMatchObject({ priority: 0, checkpoint: {}, training: { schedule: {}, earlyStopping: {} } });
      expect(faultsOf(everything, template)).toEqual([]);
    },
  );

  it('writes JSON where the name says so', async () => {
    const { path } = await writeJobFile({ file: join(folder, 'a b.json'), template: 'mlp', force: false });
    const job = JSON.parse(await readFile(path, 'utf8')) as object;
    expect(job).toMatchObject({ name: 'a-b', task: 'multiclass' });
    expect(faultsOf(job)).toEqual([]);
  });

  it('writes over nothing unless it is told to', async () => {
    const file = join(folder, 'mine.yaml');
    await writeFile(file, 'mine');
    await expect(writeJobFile({ file, template: 'mlp', force: false })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await readFile(file, 'utf8')).toBe('mine');
    await writeJobFile({ file, template: 'mlp', force: true });
    expect(await readFile(file, 'utf8')).toContain('name: mine');
  });

  it('says why a file cannot be written', async () => {
    await writeFile(join(folder, 'file'), '');
    const file = join(folder, 'file', 'job.yaml');
    await expect(writeJobFile({ file, template: 'mlp', force: false })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    });
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('leads to the schema by a relative path inside the checkout', async () => {
    const inside = join(repositoryRoot, 'lockstep-out', `init-${String(process.pid)}`);
    try {
      const { path } = await writeJobFile({ file: join(inside, 'job.yaml'), template: 'mlp', force: false });
      expect(await readFile(path, 'utf8')).toContain('$schema: ../../docs/job-file.schema.json');
    } finally {
      await rm(inside, { recursive: true, force: true });
    }
  });
});
