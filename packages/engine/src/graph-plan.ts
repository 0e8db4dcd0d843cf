/** What of a job its graphs depend on: jobs that differ in nothing else share them. */
import type { JobPlan } from '@lockstep/core';

/**
 * The plan with everything set to one value that is not in any graph: names, lengths, the seed, and the learning rate,
 * which is an input of the update graph. Graphs are recorded from this plan, so they cannot depend on what it leaves out.
 */
export function graphPlan(plan: JobPlan): JobPlan {
  const { continueFrom: _continueFrom, ...spec } = plan.spec;
  const { steps: _steps, ...training } = spec.training;
  const optimizer = { ...training.optimizer, learningRate: 0.001 };
  return {
    ...plan,
    ...{ steps: 1, epochs: 1, priority: 0, seed: 0, initialWeights: null, continueFrom: null, earlyStopping: null },
    checkpoint: { everySteps: null, everySeconds: 60, keep: 1 },
    spec: {
      ...spec,
      name: 'job',
      priority: 0,
      model: { layers: spec.model.layers },
      training: { ...training, epochs: 1, seed: 0, optimizer },
      cluster: { minWorkers: 1 },
      checkpoint: { everySeconds: 60, keep: 1 },
    },
  };
}
