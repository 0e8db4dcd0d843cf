/** What a dry run answers: shapes, parameters, slices and costs, without running anything. */
import type { JobPlan } from '@lockstep/core';
import { sliceShapes } from '@lockstep/engine';
import { z } from 'zod';

const BYTES_PER_FLOAT = 4;
const whole = z.number().int().min(0);
const shape = z.array(whole).readonly();

export const planSummarySchema = z
  .object({
    name: z.string(),
    parameters: whole,
    layers: z
      .array(z.object({ name: z.string(), type: z.string(), inputShape: shape, outputShape: shape, parameters: whole }))
      .readonly(),
    samples: z.object({ train: whole, validation: whole, test: whole }),
    sliceSize: whole.describe('samples in a slice'),
    slicesPerStep: whole,
    steps: whole,
    graphs: whole.describe('that are recorded for the job'),
    memoryBytes: whole.describe('estimate, for one thread of a worker'),
    bytesPerStepAndWorker: whole.describe('parameters down, and at least one gradient up'),
  })
  .meta({ id: 'PlanSummary' });

export function planSummary(plan: JobPlan): z.infer<typeof planSummarySchema> {
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
