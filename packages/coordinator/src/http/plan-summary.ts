/** What a dry run answers: shapes, parameters, slices and costs, without running anything. */
import type { JobPlan, PlanSummary } from '@lockstep/core';
import { sliceShapes } from '@lockstep/engine';

const BYTES_PER_FLOAT = 4;
export function planSummary(plan: JobPlan): PlanSummary {
  const { model, slices, data } = plan;
  return {
    name: plan.spec.name,
    parameters: model.parameters,
    layers: model.layers.map(({ name, type, inputShape, outputShape, parameters }) => ({
      name,
      type,
      inputShape,
      outputShape,
      parameters,
    })),
    samples: { train: data.trainSamples, validation: data.validationSamples, test: data.testSamples },
    sliceSize: slices.size,
    slicesPerStep: Math.ceil(plan.spec.training.batchSize / slices.size),
    steps: plan.steps,
    graphs: sliceShapes(plan).length,
    memoryBytes: plan.memoryBytes,
    bytesPerStepAndWorker: 2 * model.parameters * BYTES_PER_FLOAT,
  };
}
