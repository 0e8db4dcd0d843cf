/** The order of things in a job: epochs of shuffled minibatches, validation after each, and the evaluation at the end. */
import {
  epochOrder,
  minibatch,
  splitTraining,
  type EpochMetrics,
  type JobPlan,
  type RoundKind,
  type SliceSums,
  type SplitMetrics,
} from '@lockstep/core';
import type { SplitName } from '@lockstep/proto';
import { MetricSums } from './metric-sums.js';
import type { RoundRequest } from './round-runner.js';

/** What the loop needs of the cluster and of the parameter server. */
export interface TrainingSteps {
  /** The sums over a minibatch; `read` must have what it needs of them when it returns. */
  run(request: RoundRequest, read: (sums: SliceSums) => void): Promise<void>;
  /** Applies a minibatch's sums to the parameters and sends the new ones out. */
  apply(sums: SliceSums): void;
}

export interface TrainingListener {
  /** After each step: sums of the epoch so far. */
  stepped(step: number, epoch: number, sums: MetricSums): void;
  epochEnded(metrics: EpochMetrics): void;
}

export interface TrainingResult {
  readonly train: SplitMetrics;
  readonly validation: SplitMetrics | null;
  readonly test: SplitMetrics | null;
}

/** Sample numbers of each split that the job uses. */
interface Samples {
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
  readonly test: Uint32Array;
}

function all(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, index) => index);
}

function samplesOf(plan: JobPlan): Samples {
  const { validation, trainSamples, validationSamples, testSamples } = plan.data;
  const test = all(testSamples);
  if (validation.type !== 'fraction') return { train: all(trainSamples), validation: all(validationSamples), test };
  return { ...splitTraining(trainSamples + validationSamples, validation.fraction, plan.seed), test };
}

export async function trainingLoop(
  plan: JobPlan,
  steps: TrainingSteps,
  listener: TrainingListener,
): Promise<TrainingResult> {
  const samples = samplesOf(plan);
  const { epochs } = plan;
  let step = 0;
  let validation: SplitMetrics | null = null;
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const started = performance.now();
    const { sums, stepped } = await trainEpoch(plan, steps, listener, samples.train, epoch, step);
    step = stepped;
    const seconds = (performance.now() - started) / 1000;
    validation = await evaluate(plan, steps, 'validation', samples.validation, step);
    listener.epochEnded({
      epoch,
      steps: step,
      seconds,
      samplesPerSecond: sums.samples / seconds,
      train: sums.metrics(),
      ...(validation === null ? {} : { validation }),
    });
  }
  const train = await evaluate(plan, steps, 'train', samples.train, step);
  const test = await evaluate(plan, steps, 'test', samples.test, step);
  return { train: train ?? { samples: 0, loss: 0 }, validation, test };
}

async function trainEpoch(
  plan: JobPlan,
  steps: TrainingSteps,
  listener: TrainingListener,
  train: Uint32Array,
  epoch: number,
  firstStep: number,
): Promise<{ sums: MetricSums; stepped: number }> {
  const sums = new MetricSums(plan, 'train');
  const order = epochOrder(train, plan.seed, epoch - 1);
  let step = firstStep;
  for (let index = 0; index < plan.stepsPerEpoch && step < plan.steps; index++) {
    const batch = minibatch(order, plan.spec.training.batchSize, index);
    await steps.run({ kind: 'train', step, split: 'train', samples: batch }, (result) => {
      steps.apply(result);
      sums.add(result);
    });
    step += 1;
    listener.stepped(step, epoch, sums);
  }
  return { sums, stepped: step };
}

async function evaluate(
  plan: JobPlan,
  steps: TrainingSteps,
  split: SplitName,
  samples: Uint32Array,
  step: number,
): Promise<SplitMetrics | null> {
  if (samples.length === 0) return null;
  const kind: RoundKind = 'evaluate';
  const sums = new MetricSums(plan, kind);
  for (let index = 0; index * plan.evaluationBatchSize < samples.length; index++) {
    const batch = minibatch(samples, plan.evaluationBatchSize, index);
    await steps.run({ kind, step, split, samples: batch }, (result) => {
      sums.add(result);
    });
  }
  return sums.metrics();
}
