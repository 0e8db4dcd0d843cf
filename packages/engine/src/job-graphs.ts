/** All graphs of a job: which shapes it needs, and their recorded bytes. */
import { createHash } from 'node:crypto';
import type { JobPlan } from '@lockstep/core';
import { encodeSavedModel } from './graph/saved-model.js';
import { buildTfjsModel } from './model/tfjs-model.js';
import { createOptimizer, recordUpdate } from './update-graph.js';
import { recordSlice, shapeKey, stackSlices, type SliceGraphShape, type SliceKind } from './slice-graph.js';

/** More slices in one call gain little more and take longer to optimise. */
const MAX_COPIES = 8;

export interface RecordedGraph {
  /** See shapeKey; `update` for the parameter server's. */
  readonly key: string;
  /** saved_model.pb */
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

export const UPDATE_KEY = 'update';

/** Samples of the short slice that ends a minibatch of `samples`, 0 if all are full. */
function tail(samples: number, sliceSize: number): number {
  return samples % sliceSize;
}

function shapesOf(kind: SliceKind, sliceSize: number, minibatches: readonly number[]): SliceGraphShape[] {
  const largest = Math.floor(Math.max(0, ...minibatches) / sliceSize);
  const shapes: SliceGraphShape[] = [];
  for (let copies = 1; copies <= Math.min(MAX_COPIES, largest); copies *= 2) {
    shapes.push({ kind, samples: sliceSize, copies });
  }
  const tails = new Set(minibatches.map((samples) => tail(samples, sliceSize)).filter((samples) => samples > 0));
  return [...shapes, ...[...tails].map((samples) => ({ kind, samples, copies: 1 }))];
}

/** Every shape that a minibatch of the job's training, validation or test can need. */
export function sliceShapes(plan: JobPlan): SliceGraphShape[] {
  const { batchSize } = plan.spec.training;
  const { trainSamples, validationSamples, testSamples } = plan.data;
  const full = (samples: number, batch: number) => [Math.min(samples, batch), samples % batch];
  const evaluated = [trainSamples, validationSamples, testSamples].filter((samples) => samples > 0);
  return [
    ...shapesOf('train', plan.slices.size, full(trainSamples, batchSize)),
    ...shapesOf(
      'evaluate',
      plan.slices.size,
      evaluated.flatMap((samples) => full(samples, plan.evaluationBatchSize)),
    ),
  ];
}

function recorded(key: string, bytes: Uint8Array): RecordedGraph {
  return { key, bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/**
 * Records what the job's workers and its parameter server run.
 * @throws LockstepError MODEL_NOT_RECORDABLE, naming the layer
 */
export function recordJob(plan: JobPlan): RecordedGraph[] {
  const model = buildTfjsModel(plan.model);
  try {
    const slices = new Map<string, ReturnType<typeof recordSlice>>();
    const graphs = sliceShapes(plan).map((shape) => {
      const slice = `${shape.kind}:${String(shape.samples)}`;
      const graph = slices.get(slice) ?? recordSlice(plan, model, shape.kind, shape.samples);
      slices.set(slice, graph);
      return recorded(shapeKey(shape), encodeSavedModel(stackSlices(plan, graph, shape.copies)));
    });
    const update = recordUpdate(plan, createOptimizer(plan.spec.training.optimizer));
    return [...graphs, recorded(UPDATE_KEY, encodeSavedModel(update))];
  } finally {
    model.dispose();
  }
}
