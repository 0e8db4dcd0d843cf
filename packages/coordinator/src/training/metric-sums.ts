/** Adds up rounds' sums in float64 and turns them into the averages that people read. */
import {
  finiteOrNull,
  hasClasses,
  precisionAndRecall,
  type JobPlan,
  type RoundKind,
  type SliceSums,
  type SplitMetrics,
} from '@lockstep/core';
import { hasConfusion, LOSS_VALUES, metricSumLength } from '@lockstep/engine';
import { regressionMetrics } from './regression-metrics.js';

/** Sums by name, for a checkpoint. */
export type MetricSnapshot = Record<string, number | number[]>;

export class MetricSums {
  readonly #plan: JobPlan;
  readonly #kind: RoundKind;
  #loss = 0;
  /** Of the samples' class weights; their number where the job has none. */
  #weight = 0;
  #counts: Float64Array | undefined;
  /** Of what only evaluations sum up. */
  readonly #metricSums: Float64Array;

  constructor(plan: JobPlan, kind: RoundKind) {
    this.#plan = plan;
    this.#kind = kind;
    this.#metricSums = new Float64Array(metricSumLength(plan, kind));
  }

  /** Sums that go on from a snapshot of the same kind. */
  static restored(plan: JobPlan, kind: RoundKind, snapshot: MetricSnapshot): MetricSums {
    const sums = new MetricSums(plan, kind);
    const { loss, weight, counts } = snapshot;
    if (typeof loss === 'number') sums.#loss = loss;
    if (typeof weight === 'number') sums.#weight = weight;
    if (Array.isArray(counts)) sums.#counts = Float64Array.from(counts);
    return sums;
  }

  snapshot(): MetricSnapshot {
    const counts: MetricSnapshot = this.#counts === undefined ? {} : { counts: [...this.#counts] };
    return { loss: this.#loss, weight: this.#weight, ...counts };
  }

  add({ values, counts }: SliceSums): void {
    this.#loss += values[values.length - LOSS_VALUES] as number;
    this.#weight += values[values.length - 1] as number;
    this.#metricSums.forEach((sum, i, sums) => (sums[i] = sum + (values[i] as number)));
    const before = this.#counts;
    this.#counts = before === undefined ? counts.slice() : before.map((count, i) => count + (counts[i] as number));
  }

  /** The last count, so that it is exact whatever the samples weigh. */
  get samples(): number {
    return this.#counts?.at(-1) ?? 0;
  }

  /** Mean loss a sample, by the samples' weights, whether finite or not; null before anything was added. */
  get loss(): number | null {
    return this.#weight === 0 ? null : this.#loss / this.#weight;
  }

  /** Share of right answers; null for tasks without classes. */
  get accuracy(): number | null {
    const confusion = this.#confusion();
    const right =
      confusion === undefined ? this.#counts?.[0] : confusion.reduce((sum, row, index) => sum + (row[index] ?? 0), 0);
    if (!hasClasses(this.#plan.spec.task) || right === undefined || this.samples === 0) return null;
    return right / this.samples;
  }

  metrics(): SplitMetrics {
    const { accuracy, samples } = this;
    const confusion = this.#confusion();
    return {
      samples,
      loss: finiteOrNull(this.loss ?? 0),
      ...(accuracy === null ? {} : { accuracy }),
      ...(confusion === undefined ? {} : { confusion }),
      ...(this.#plan.spec.task === 'binary' && confusion !== undefined ? precisionAndRecall(confusion) : {}),
      ...(this.#metricSums.length > 0 && samples > 0 ? regressionMetrics(this.#metricSums, samples) : {}),
    };
  }

  #confusion(): number[][] | undefined {
    const classes = this.#plan.data.classNames.length;
    const counted = this.#kind === 'evaluate' && hasClasses(this.#plan.spec.task) && hasConfusion(classes);
    if (!counted || this.#counts === undefined) return undefined;
    const counts = this.#counts;
    return Array.from({ length: classes }, (_, row) => Array.from(counts.subarray(row * classes, (row + 1) * classes)));
  }
}
