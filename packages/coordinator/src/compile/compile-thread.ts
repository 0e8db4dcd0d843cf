/** A piscina thread that records a job's graphs and checks them, so that the coordinator's event loop stays free. */
import { initialWeights, type JobPlan, type ModelPlan } from '@lockstep/core';
import { applyNativeEnvironment, recordJob, SliceRunner, UPDATE_KEY } from '@lockstep/engine';
import { threadFailure, type ThreadFailure } from '../thread-failure.js';

export type CompileTask =
  | { readonly type: 'record'; readonly plan: JobPlan }
  | { readonly type: 'draw'; readonly model: ModelPlan; readonly seed: number };

/** What jobs of equal graphs share. */
export interface CompiledGraphs {
  readonly graphs: readonly { readonly key: string; readonly sha256: string; readonly bytes: Uint8Array }[];
  /** What the workers' canaries must equal. */
  readonly canary: string;
}

export interface CompiledJob extends CompiledGraphs {
  readonly initialWeights: Float32Array;
}

export type CompileAnswer =
  | { readonly type: 'recorded'; readonly compiled: CompiledGraphs }
  | { readonly type: 'drawn'; readonly weights: Float32Array }
  | ThreadFailure;

function record(plan: JobPlan): CompiledGraphs {
  applyNativeEnvironment();
  const graphs = recordJob(plan);
  const slices = graphs.filter(({ key }) => key !== UPDATE_KEY);
  const runner = new SliceRunner({
    graphs: Object.fromEntries(slices.map(({ key, bytes }) => [key, bytes])),
    parameters: plan.model.parameters,
    featureShape: plan.data.featureShape,
    dtype: plan.data.dtype,
    classes: plan.data.classNames.length,
    targets: plan.data.targetNames.length,
  });
  try {
    return { graphs, canary: runner.canary() };
  } finally {
    runner.dispose();
  }
}

export default function run(task: CompileTask): CompileAnswer {
  try {
    if (task.type === 'draw') return { type: 'drawn', weights: initialWeights(task.model, task.seed) };
    return { type: 'recorded', compiled: record(task.plan) };
  } catch (error) {
    return threadFailure(error, 'MODEL_NOT_RECORDABLE');
  }
}
