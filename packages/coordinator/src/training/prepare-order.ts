/** The order that tells a worker to get ready for a job: graphs, data, sizes. */
import type { DatasetManifest, JobPlan } from '@lockstep/core';
import { metricSumLength, UPDATE_KEY } from '@lockstep/engine';
import type { PrepareFrame, SplitReference } from '@lockstep/proto';
import type { CompiledJob } from '../compile/compile-thread.js';

export interface PrepareOptions {
  readonly job: string;
  readonly term: number;
  readonly plan: JobPlan;
  readonly compiled: CompiledJob;
  /** Of the job's dataset. */
  readonly manifest: DatasetManifest;
}

export function prepareOrder({ job, term, plan, compiled, manifest }: PrepareOptions): PrepareFrame {
  return {
    type: 'prepare',
    job,
    term,
    graphs: compiled.graphs.filter(({ key }) => key !== UPDATE_KEY).map(({ key, sha256 }) => ({ key, sha256 })),
    splits: splitReferences(plan, manifest),
    parameters: plan.model.parameters,
    sliceSize: plan.slices.size,
    seed: plan.seed,
    metricSums: metricSumLength(plan, 'evaluate'),
  };
}

function splitReferences(plan: JobPlan, content: DatasetManifest): SplitReference[] {
  const manifest = new TextEncoder().encode(JSON.stringify(content));
  const { dataset, trainSplit, validation, testSplit } = plan.data;
  const split = (name: SplitReference['name'], from: string): SplitReference => ({
    name,
    dataset,
    manifest,
    split: from,
  });
  const validationSplit = validation.type === 'split' ? validation.split : trainSplit;
  return [
    split('train', trainSplit),
    ...(validation.type === 'none' ? [] : [split('validation', validationSplit)]),
    ...(testSplit === null ? [] : [split('test', testSplit)]),
  ];
}
