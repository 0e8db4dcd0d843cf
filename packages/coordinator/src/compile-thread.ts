/** A piscina thread that records a job's graphs and checks them, so that the coordinator's event loop stays free. */
import { initialWeights, isLockstepError, type Fault, type JobPlan } from '@lockstep/core';
import { applyNativeEnvironment, recordJob, SliceRunner, storeGraph, UPDATE_KEY } from '@lockstep/engine';

export interface CompileTask {
  readonly plan: JobPlan;
  /** Folder that gets the graphs, each under its hash. */
  readonly folder: string;
}

export interface CompiledJob {
  readonly type: 'compiled';
  readonly graphs: readonly { readonly key: string; readonly sha256: string; readonly bytes: Uint8Array }[];
  /** What the workers' canaries must equal. */
  readonly canary: string;
  readonly initialWeights: Float32Array;
}

export type CompileAnswer =
  | CompiledJob
  | {
      readonly type: 'failed';
      readonly code: string;
      readonly message: string;
      readonly hint: string | undefined;
      readonly faults: readonly Fault[];
    };

function compile({ plan, folder }: CompileTask): CompiledJob {
  applyNativeEnvironment();
  const graphs = recordJob(plan);
  const directories = Object.fromEntries(
    graphs.map(({ key, sha256, bytes }): [string, string] => [key, storeGraph(folder, sha256, bytes)]),
  );
  const { [UPDATE_KEY]: _update, ...slices } = directories;
  const runner = new SliceRunner({
    directories: slices,
    parameters: plan.model.parameters,
    featureShape: plan.data.featureShape,
    dtype: plan.data.dtype,
    classes: plan.data.classNames.length,
  });
  try {
    return { type: 'compiled', graphs, canary: runner.canary(), initialWeights: initialWeights(plan.model, plan.seed) };
  } finally {
    runner.dispose();
  }
}

export default function run(task: CompileTask): CompileAnswer {
  try {
    return compile(task);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const known = isLockstepError(error);
    return {
      type: 'failed',
      code: known ? error.code : 'MODEL_NOT_RECORDABLE',
      message,
      hint: known ? error.hint : undefined,
      faults: known ? error.faults : [],
    };
  }
}
