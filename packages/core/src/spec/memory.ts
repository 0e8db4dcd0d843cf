/** What a job needs of memory, estimated before anything is allocated. */
import type { ModelPlan } from '../model/model-plan.js';

const BYTES = 4;
/** The parameters themselves, their gradient, and two state vectors of the optimiser (Adam). */
const PARAMETER_COPIES = 4;
/** Forward values, and gradients of the same size. */
const ACTIVATION_COPIES = 2;

export const MAX_MEMORY_BYTES = 4 * 2 ** 30;

/** Bytes that one thread needs for a step: parameters * 4 * 4 + sliceSize * activations * 4 * 2. */
export function estimateMemory(model: ModelPlan, sliceSize: number): number {
  return BYTES * (PARAMETER_COPIES * model.parameters + ACTIVATION_COPIES * sliceSize * model.activationsPerSample);
}

export function formatGibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
