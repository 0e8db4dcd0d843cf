/** Tables with categories and missing values: imported, trained on and asked about with the command, as a person would. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatasetManifest, JobStatus, Prediction, SplitMetrics } from '@lockstep/core';
import { expect, it } from 'vitest';
import { ownCluster } from '../support/own-cluster.js';
import { runLockstep } from '../support/command.js';
import { madeTable, type MadeRow } from '../support/made-tables.js';

const own = ownCluster();

const ROWS = 500;

interface Table {
  readonly file: string;
  /** What is to be predicted, row by row. */
  readonly answers: readonly string[];
}

/** Every ninth number and every thirteenth colour is missing, in the ways that people write it. */
async function writeTable(name: string, y: (row: MadeRow) => string | number): Promise<Table> {
  const [header = '', ...lines] = madeTable(ROWS, 2, y).split('\n');
  const rows = lines.map((line, row) => {
    const [radius = '', texture = '', colour = '', answer = ''] = line.split(',');
    return [radius, row % 9 === 4 ? '' : texture, row % 13 === 5 ? '?' : colour, answer];
  });
  const file = join(own.folder, `${name}.csv`);
  await writeFile(file, [header, ...rows.map((cells) => cells.join())].join('\n'));
  return { file, answers: rows.map((cells) => cells[3] ?? '') };
}

async function run(...args: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await runLockstep([...args, '--json', '--url', own.cluster.client.url]);
  expect([code, stderr]).toEqual([0, expect.any(String)]);
  return JSON.parse(stdout);
}

async function importTable(name: string, { file }: Table): Promise<void> {
  const args = ['dataset', 'import', name, file, '--label', 'y', '--test', '0.2', '--missing', 'mean'];
  const { columns, statistics } = (await run(...args)) as DatasetManifest;
  expect(columns?.map(({ kind, fill }) => [kind, typeof fill])).toEqual([
    ['numeric', 'number'],
    ['numeric', 'number'],
    ['categorical', 'string'],
  ]);
  expect(statistics?.filled).toEqual({ texture: Math.ceil((ROWS - 4) / 9), colour: Math.ceil((ROWS - 5) / 13) });
}

function job(name: string, task: string, training: object = {}): Record<string, unknown> {
  return {
    ...{ name, task, data: { train: `${name}/train`, test: `${name}/test` } },
    model: {
      layers: [
        { type: 'dense', units: 16, activation: 'relu' },
        { type: 'dense', units: 1 },
      ],
    },
    training: { epochs: 40, batchSize: 20, seed: 3, optimizer: { type: 'adam', learningRate: 0.02 }, ...training },
  };
}

/** For the very file that was imported: its column of answers is passed over. */
async function predictions(name: string, { file }: Table): Promise<readonly Prediction[]> {
  const answer = (await run('model', 'predict', name, file)) as { readonly predictions: Prediction[] };
  expect(answer.predictions).toHaveLength(ROWS);
  return answer.predictions;
}

/** A value over all rows of the table: those trained on, those held out, and those of the test. */
function overall({ train, validation, test }: JobStatus, value: (metrics: SplitMetrics) => number): number {
  const splits = [train, validation, test].filter((split) => split !== null);
  expect(splits.reduce((sum, { samples }) => sum + samples, 0)).toBe(ROWS);
  return splits.reduce((sum, split) => sum + value(split) * split.samples, 0) / ROWS;
}

it('predicts classes for the rows of a file as it did when it was measured on them', async () => {
  const table = await writeTable('tumours', ({ benign }) => (benign ? 'benign' : 'malignant'));
  await importTable('tumours', table);
  const status = await own.cluster.train(job('tumours', 'binary', { classWeights: 'balanced' }));
  expect([status.state, status.failure]).toEqual(['SUCCEEDED', null]);
  expect(status.test?.accuracy).toBeGreaterThan(0.85);
  const rows = await predictions('tumours', table);
  const right = rows.filter((row, index) => row.class === table.answers[index]).length;
  expect(right / ROWS).toBeCloseTo(
    overall(status, ({ accuracy = Number.NaN }) => accuracy),
    9,
  );
  // Its loss is weighed as the job's is.
  const { metrics } = await own.cluster.client.models.evaluate('tumours', 'tumours/test');
  expect(metrics.loss).toBeCloseTo(status.test?.loss ?? Number.NaN, 5);
});

it('predicts values for the rows of a file as it did when it was measured on them', async () => {
  const table = await writeTable('prices', ({ radius, texture, colour }) =>
    (radius + texture / 100 + (colour === 'red' ? 8 : 0)).toFixed(3),
  );
  await importTable('prices', table);
  const status = await own.cluster.train(job('prices', 'regression'));
  expect([status.state, status.failure]).toEqual(['SUCCEEDED', null]);
  expect(status.test?.rSquared).toBeGreaterThan(0.7);
  const rows = await predictions('prices', table);
  const errors = rows.map(({ values: [value = Number.NaN] = [] }, index) =>
    Math.abs(value - Number(table.answers[index])),
  );
  expect(errors.reduce((sum, error) => sum + error, 0) / ROWS).toBeCloseTo(
    overall(status, ({ meanAbsoluteError }) => meanAbsoluteError ?? Number.NaN),
    4,
  );
});
