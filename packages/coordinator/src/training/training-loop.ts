/**
 * The order of things in a job: epochs of shuffled minibatches, validation after each, and the evaluation at the end. It
 * starts at any position and can be broken off at any point: its position is always that of the last update.
 */
import {
  afterEpoch,
  afterStep,
  epochOrder,
  isTrained,
  learningRate,
  minibatch,
  splitTraining,
  stepsInEpoch,
  trainingRules,
  type EpochMetrics,
  type JobPlan,
  type RoundKind,
  type SliceSums,
  type SplitMetrics,
  type TrainingPosition,
  type TrainingRules,
} from '@lockstep/core';
import type { SplitName } from '@lockstep/proto';
import { MetricSums } from './metric-sums.js';
import type { RoundRequest } from './round-runner.js';

/** What the loop needs of the cluster and of the parameter server. */
export interface TrainingSteps {
  /** The sums over a minibatch; `read` must have what it needs of them when it returns. */
  run(request: RoundRequest, read: (sums: SliceSums) => void): Promise<void>;
  /** Applies a minibatch's sums to the parameters and sends the new ones out. @returns the gradient's norm */
  apply(sums: SliceSums, learningRate: number): number;
  /** A copy of the parameters. */
  parameters(): Float32Array;
  /** Sends these out for the evaluations from now on. @returns the number that rounds name them by */
  evaluateWith(parameters: Float32Array): number;
}

/** What there is to say after a step. */
export interface StepReport {
  /** Of the epoch so far. */
  readonly sums: MetricSums;
  readonly learningRate: number;
  readonly gradientNorm: number;
  /** It was the last one of its epoch, whose evaluation comes next. */
  readonly endsEpoch: boolean;
}

export interface TrainingListener {
  stepped(position: TrainingPosition, report: StepReport): void;
  epochEnded(metrics: EpochMetrics, position: TrainingPosition): void;
}

export interface TrainingStart {
  readonly position: TrainingPosition;
  /** The best epoch's parameters, if there is one and they are kept. */
  readonly best: Float32Array | undefined;
}

export interface TrainingResult {
  readonly train: SplitMetrics;
  readonly validation: SplitMetrics | null;
  readonly test: SplitMetrics | null;
  readonly parameters: Float32Array;
  /** The weights of this epoch are the result; null: those of the last step. */
  readonly restoredEpoch: number | null;
  /** Where training ended: early stopping may have ended it before the last step of the plan. */
  readonly position: TrainingPosition;
}

/** Sample numbers of each split that the job uses. */
type Samples = Readonly<Record<SplitName, Uint32Array>>;

function all(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, index) => index);
}

function samplesOf(plan: JobPlan): Samples {
  const { validation, trainSamples, validationSamples, testSamples } = plan.data;
  const test = all(testSamples);
  if (validation.type !== 'fraction') return { train: all(trainSamples), validation: all(validationSamples), test };
  return { ...splitTraining(trainSamples + validationSamples, validation.fraction, plan.seed), test };
}

export class TrainingLoop {
  readonly #plan: JobPlan;
  readonly #rules: TrainingRules;
  readonly #samples: Samples;
  readonly #steps: TrainingSteps;
  readonly #listener: TrainingListener;
  readonly #started = performance.now();
  readonly #secondsBefore: number;
  #position: TrainingPosition;
  #sums: MetricSums;
  #best: Float32Array | undefined;
  /** Where the last epoch stood when its steps were done, if it has fewer than others. */
  #inCutEpoch: TrainingStart | undefined;
  /** When the epoch under way would have begun if it had never been interrupted; undefined between epochs. */
  #epochStarted: number | undefined;

  constructor(plan: JobPlan, start: TrainingStart, steps: TrainingSteps, listener: TrainingListener) {
    this.#plan = plan;
    this.#rules = trainingRules(plan);
    this.#samples = samplesOf(plan);
    this.#steps = steps;
    this.#listener = listener;
    this.#position = start.position;
    this.#secondsBefore = start.position.seconds;
    this.#sums = MetricSums.restored(plan, 'train', start.position.sums);
    this.#best = start.best;
  }

  /**
   * From where the job goes on: of the parameters as they are now. Where the last epoch is cut short, its end is not in
   * it, so that a longer job can go on in the middle of the epoch; whoever does not, evaluates it once more.
   */
  get state(): TrainingStart {
    return this.#inCutEpoch ?? { position: this.position, best: this.#best };
  }

  /** Of the parameters as they are now. */
  get position(): TrainingPosition {
    const epochSeconds = this.#epochStarted === undefined ? {} : { epochSeconds: secondsSince(this.#epochStarted) };
    const seconds = this.#secondsBefore + secondsSince(this.#started);
    return { ...this.#position, sums: this.#sums.snapshot(), seconds, ...epochSeconds };
  }

  async run(): Promise<TrainingResult> {
    while (!isTrained(this.#rules, this.#position)) {
      await this.#trainEpoch();
      this.#endEpoch(await this.#evaluate('validation', this.#position.step));
    }
    const { position } = this;
    const restoredEpoch = this.#restoredEpoch();
    const parameters = (restoredEpoch === null ? undefined : this.#best) ?? this.#steps.parameters();
    const version = restoredEpoch === null ? position.step : this.#steps.evaluateWith(parameters);
    const train = await this.#evaluate('train', version);
    const test = await this.#evaluate('test', version);
    const last = position.history[(restoredEpoch ?? position.history.length) - 1];
    const validation = last?.validation ?? null;
    return { train: train ?? { samples: 0, loss: 0 }, validation, test, parameters, restoredEpoch, position };
  }

  async #trainEpoch(): Promise<void> {
    const { epoch } = this.#position;
    const order = epochOrder(this.#samples.train, this.#plan.seed, epoch - 1);
    const steps = stepsInEpoch(this.#rules, epoch);
    this.#epochStarted = performance.now() - this.#position.epochSeconds * 1000;
    while (this.#position.stepInEpoch < steps) {
      const { step, stepInEpoch } = this.#position;
      const { batchSize } = this.#plan.spec.training;
      const samples = minibatch(order, batchSize, stepInEpoch);
      const next = minibatch(order, batchSize, stepInEpoch + 1);
      await this.#steps.run({ kind: 'train', step, split: 'train', samples, next }, (sums) => {
        this.#step(sums, samples.length);
      });
    }
    this.#position = this.position;
    this.#epochStarted = undefined;
  }

  /** In one go, so that parameters and position always belong together. */
  #step(sums: SliceSums, samples: number): void {
    const rate = learningRate(this.#rules, this.#position.schedule, this.#position.step);
    const gradientNorm = this.#steps.apply(sums, rate);
    this.#sums.add(sums);
    this.#position = afterStep(this.#position, samples);
    const endsEpoch = this.#position.stepInEpoch === stepsInEpoch(this.#rules, this.#position.epoch);
    this.#listener.stepped(this.#position, { sums: this.#sums, learningRate: rate, gradientNorm, endsEpoch });
  }

  #endEpoch(validation: SplitMetrics | null): void {
    const { epoch, step, stepInEpoch, epochSeconds } = this.#position;
    const samples = Math.min(stepInEpoch * this.#plan.spec.training.batchSize, this.#samples.train.length);
    const metrics: EpochMetrics = {
      ...{ epoch, steps: step, seconds: epochSeconds, samplesPerSecond: samples / epochSeconds },
      train: this.#sums.metrics(),
      ...(validation === null ? {} : { validation }),
    };
    if (stepInEpoch < this.#rules.stepsPerEpoch) this.#inCutEpoch = { position: this.position, best: this.#best };
    const { position, improved } = afterEpoch(this.#rules, this.#position, metrics);
    if (improved && this.#rules.earlyStopping?.restoreBestWeights === true) this.#best = this.#steps.parameters();
    this.#position = position;
    this.#sums = new MetricSums(this.#plan, 'train');
    this.#listener.epochEnded(metrics, position);
  }

  /** The epoch whose weights are to be the result, if they are not there anyway. */
  #restoredEpoch(): number | null {
    const { earlyStopping, history } = this.#position;
    const { bestEpoch } = earlyStopping;
    const isAsked = this.#rules.earlyStopping?.restoreBestWeights === true;
    return isAsked && this.#best !== undefined && bestEpoch !== history.length ? bestEpoch : null;
  }

  async #evaluate(split: SplitName, step: number): Promise<SplitMetrics | null> {
    const samples = this.#samples[split];
    if (samples.length === 0) return null;
    const kind: RoundKind = 'evaluate';
    const sums = new MetricSums(this.#plan, kind);
    const { evaluationBatchSize } = this.#plan;
    for (let index = 0; index * evaluationBatchSize < samples.length; index++) {
      const batch = minibatch(samples, evaluationBatchSize, index);
      const next = minibatch(samples, evaluationBatchSize, index + 1);
      await this.#steps.run({ kind, step, split, samples: batch, next }, (result) => {
        sums.add(result);
      });
    }
    return sums.metrics();
  }
}

function secondsSince(milliseconds: number): number {
  return (performance.now() - milliseconds) / 1000;
}
