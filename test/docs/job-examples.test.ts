import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { planJob, type DatasetManifest } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { readDocument, ROOT, section } from '../support/documents.js';
import { parseYaml } from '../support/examples.js';

const EXAMPLES = readdirSync(join(ROOT, 'examples')).filter((file) => file.endsWith('.yaml'));
const text = readDocument('docs/job-file.md');
const blocks = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(
  ([, block = '']) => [/^name: (.+)$/m.exec(block)?.[1] ?? '', block] as const,
);

type Labels = DatasetManifest['labels'];
const classes = (...classNames: string[]): Labels => ({ kind: 'classes', classNames });
const values = (...names: string[]): Labels => ({ kind: 'values', names });

/** What the examples are about: shape of a sample and labels. */
const DATASETS: Readonly<Record<string, readonly [shape: number[], labels: Labels]>> = {
  mnist: [[28, 28, 1], classes(...Array.from('0123456789'))],
  parity: [[28, 28, 1], classes('even', 'odd')],
  transactions: [[12], classes('no', 'yes')],
  houses: [[9], values('price', 'rent')],
  'breast-cancer': [[30], classes('0', '1')],
  diabetes: [[10], values('target')],
};

function findDataset(name: string): DatasetManifest | undefined {
  const [shape, labels] = DATASETS[name] ?? [];
  if (shape === undefined || labels === undefined) return undefined;
  const samples = { train: 400, test: 100 };
  const counts = (count: number) => (labels.kind === 'classes' ? labels.classNames.map(() => count) : []);
  return {
    ...{ name, version: 1, labels, rowsPerShard: 1000, source: 'made up' },
    features: { shape, dtype: 'float32', offset: 0, scale: 1 },
    splits: { train: { count: samples.train, shards: [] }, test: { count: samples.test, shards: [] } },
    statistics: { classCounts: { train: counts(200), test: counts(50) } },
  };
}

function faults(job: unknown): unknown {
  const result = planJob(job, findDataset);
  return result.ok ? [] : result.faults;
}

describe('The examples', () => {
  it.each(EXAMPLES)('%s can be trained.', (file) => {
    expect(faults(parseYaml(readDocument(`examples/${file}`)))).toEqual([]);
  });

  it('are listed in docs/job-file.md.', () => {
    const linked = [...text.matchAll(/\(\.\.\/examples\/([\w-]+\.yaml)\)/g)].map(([, file]) => file);
    expect(linked.sort()).toEqual([...EXAMPLES].sort());
  });

  it('have the names of their files.', () => {
    const names = EXAMPLES.map((file) => (parseYaml(readDocument(`examples/${file}`)) as { name: string }).name);
    expect(names.map((name) => `${name}.yaml`)).toEqual(EXAMPLES);
  });
});

describe('The jobs in docs/job-file.md', () => {
  it.each(blocks)('%s can be trained.', (_name, block) => {
    expect(faults(parseYaml(block))).toEqual([]);
  });

  it('show every task, and every part of the training section.', () => {
    const jobs = [...blocks.map(([, block]) => block), ...EXAMPLES.map((file) => readDocument(`examples/${file}`))];
    const parsed = jobs.map((job) => parseYaml(job) as { task: string; training?: object });
    for (const [table, used] of [
      ['tasks', parsed.map(({ task }) => task)],
      ['training', parsed.flatMap(({ training = {} }) => Object.keys(training))],
    ] as const) {
      const known = [...section(text, table).matchAll(/^\| `(\w+)`/gm)].map(([, key]) => key);
      expect(known.length).toBeGreaterThan(3);
      expect(used).toEqual(expect.arrayContaining(known.filter((key) => key !== 'sliceSize')));
    }
  });
});
