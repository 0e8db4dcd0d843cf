/**
 * What a model's answers come to, summed up in float64. The metrics are those of its job, with the loss weighed as there; a
 * crossentropy is computed from the probabilities here, in a job from the logits, so the last digits may differ.
 */
import { finiteOrNull, precisionAndRecall, type ModelVersion, type SplitMetrics } from '@lockstep/core';
import { regressionMetrics } from '../training/regression-metrics.js';

/** A probability below this is one that float32 cannot hold. */
const SMALLEST = 1e-45;
/** As in a job: more classes make a table that nobody reads. */
const MOST_CLASSES = 128;

export class AnswerSums {
  readonly #model: ModelVersion;
  readonly #loss: string;
  readonly #confusion: number[][];
  readonly #regression: RegressionSums | undefined;
  #samples = 0;
  /** Of the samples' losses, each by the weight of its class. */
  #lossSum = 0;
  #weight = 0;

  constructor(model: ModelVersion) {
    this.#model = model;
    this.#loss = lossOf(model);
    const classes = model.output.kind === 'values' ? 0 : Math.max(2, model.classNames.length);
    this.#confusion = Array.from({ length: classes }, () => Array<number>(classes).fill(0));
    this.#regression = model.labelNames.length > 0 ? new RegressionSums(model.labelNames.length) : undefined;
  }

  /**
   * One sample.
   * @param outputs of the model
   * @param wanted the class number where there are classes, else the values
   */
  add(outputs: ArrayLike<number>, wanted: ArrayLike<number>): void {
    this.#samples += 1;
    if (this.#confusion.length > 0) this.#addClass(outputs, wanted[0] ?? 0);
    else {
      this.#addLoss(meanError(this.#loss, outputs, wanted));
      this.#regression?.add(outputs, wanted);
    }
  }

  metrics(): SplitMetrics {
    const samples = this.#samples;
    const confusion = this.#confusion;
    const right = confusion.reduce((sum, row, index) => sum + (row[index] ?? 0), 0);
    return {
      samples,
      loss: finiteOrNull(this.#lossSum / this.#weight),
      ...(confusion.length > 0 && { accuracy: right / samples }),
      ...(confusion.length === 2 && this.#model.task !== 'multiclass' && precisionAndRecall(confusion)),
      ...(confusion.length > 0 && confusion.length <= MOST_CLASSES && { confusion }),
      ...this.#regression?.metrics(samples),
    };
  }

  #addClass(outputs: ArrayLike<number>, label: number): void {
    const single = outputs.length === 1;
    const [first = 0] = Array.from(outputs);
    const predicted = single ? Number(first > 0.5) : indexOfGreatest(outputs);
    const row = this.#confusion[label];
    if (row !== undefined) row[predicted] = (row[predicted] ?? 0) + 1;
    const weight = this.#model.classWeights?.[label] ?? 1;
    if (this.#model.output.kind === 'probabilities') {
      const probability = single ? (label === 1 ? first : 1 - first) : (outputs[label] ?? 0);
      this.#addLoss(-Math.log(Math.max(SMALLEST, probability)), weight);
      return;
    }
    const wanted = single ? [label] : Array.from({ length: outputs.length }, (_, index) => Number(index === label));
    this.#addLoss(meanError(this.#loss, outputs, wanted), weight);
  }

  #addLoss(loss: number, weight = 1): void {
    this.#lossSum += weight * loss;
    this.#weight += weight;
  }
}

class RegressionSums {
  readonly #offsets: number[] = [];
  /** As `regressionMetrics` wants them. */
  readonly #sums: Float64Array;
  readonly #targets: number;

  constructor(targets: number) {
    this.#targets = targets;
    this.#sums = new Float64Array(1 + 3 * targets);
  }

  add(outputs: ArrayLike<number>, wanted: ArrayLike<number>): void {
    const sums = this.#sums;
    const more = (index: number, value: number): void => {
      sums[index] = (sums[index] ?? 0) + value;
    };
    for (let target = 0; target < this.#targets; target += 1) {
      const value = wanted[target] ?? 0;
      const error = (outputs[target] ?? 0) - value;
      // Any number near the values serves; the first one is.
      const distance = value - (this.#offsets[target] ??= value);
      more(0, Math.abs(error) / this.#targets);
      more(1 + target, error * error);
      more(1 + this.#targets + target, distance);
      more(1 + 2 * this.#targets + target, distance * distance);
    }
  }

  metrics(samples: number): Partial<SplitMetrics> {
    return { ...regressionMetrics(this.#sums, samples) };
  }
}

/** That of the job, as far as it is one of errors. */
function lossOf({ spec }: ModelVersion): string {
  const training = (spec as { readonly training?: { readonly loss?: unknown } } | null)?.training;
  return training?.loss === 'meanAbsoluteError' ? 'meanAbsoluteError' : 'meanSquaredError';
}

function meanError(loss: string, outputs: ArrayLike<number>, wanted: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < outputs.length; index += 1) {
    const error = (outputs[index] ?? 0) - (wanted[index] ?? 0);
    sum += loss === 'meanAbsoluteError' ? Math.abs(error) : error * error;
  }
  return sum / outputs.length;
}

function indexOfGreatest(values: ArrayLike<number>): number {
  let best = 0;
  for (let index = 1; index < values.length; index += 1) if ((values[index] ?? 0) > (values[best] ?? 0)) best = index;
  return best;
}
