/** A job's graphs, recorded and loaded as the coordinator and the workers do it, in the test's own process. */
import type { JobPlan } from '@lockstep/core';
import {
  ParameterState,
  recordJob,
  SliceRunner,
  UPDATE_KEY,
  type SliceKind,
  type SliceResult,
  type SliceRunnerOptions,
} from '@lockstep/engine';
import { countSamples, type Samples } from './eager-reference.js';

export class RecordedJob {
  readonly plan: JobPlan;
  readonly runnerOptions: SliceRunnerOptions;
  readonly runner: SliceRunner;
  readonly #update: Uint8Array;

  constructor(plan: JobPlan) {
    this.plan = plan;
    const recorded = recordJob(plan).map(({ key, bytes }) => [key, bytes] as const);
    const { [UPDATE_KEY]: update = new Uint8Array(), ...graphs } = Object.fromEntries(recorded);
    this.#update = update;
    this.runnerOptions = {
      graphs,
      parameters: plan.model.parameters,
      featureShape: plan.data.featureShape,
      dtype: plan.data.dtype,
      classes: plan.data.classNames.length,
      targets: plan.data.targetNames.length,
    };
    this.runner = new SliceRunner(this.runnerOptions);
  }

  /** The samples in `copies` slices of one native call; seeds are a pair a copy. */
  run(kind: SliceKind, parameters: Float32Array, samples: Samples, copies = 1, seeds?: Int32Array): SliceResult {
    const shape = { kind, samples: countSamples(this.plan, samples) / copies, copies };
    return this.runner.run(shape, { parameters, ...samples, seeds: seeds ?? new Int32Array(2 * copies) });
  }

  parameterState(initial: Float32Array): ParameterState {
    return new ParameterState(this.plan, this.#update, initial);
  }

  dispose(): void {
    this.runner.dispose();
  }
}

/** Records the job, gives it to `use`, and clears up. */
export function withRecordedJob<T>(plan: JobPlan, use: (job: RecordedJob) => T): T {
  const job = new RecordedJob(plan);
  try {
    return use(job);
  } finally {
    job.dispose();
  }
}
