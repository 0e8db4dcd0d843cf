/** Adds up rounds' sums in float64 and turns them into the averages that people read. */
import type { JobPlan, RoundKind, SliceSums, SplitMetrics } from '@lockstep/core';
import { hasConfusion, LOSS_VALUES } from '@lockstep/engine';

export class MetricSums {
  readonly #plan: JobPlan;
  readonly #kind: RoundKind;
  #loss = 0;
  #weight = 0;
  #counts: Float64Array | undefined;

  constructor(plan: JobPlan, kind: RoundKind) {
    this.#plan = plan;
    this.#kind = kind;
  }

  add({ values, counts }: SliceSums): void {
    this.#loss += values[values.length - LOSS_VALUES] as number;
    this.#weight += values[values.length - 1] as number;
    const before = this.#counts;
    this.#counts = before === undefined ? counts.slice() : before.map((count, i) => count + (counts[i] as number));
  }

  get samples(): number {
    return this.#weight;
  }

  /** Mean loss a sample; null before anything was added. */
  get loss(): number | null {
    return this.#weight === 0 ? null : this.#loss / this.#weight;
  }

  /** Share of right answers; null for tasks without classes. */
  get accuracy(): number | null {
    const confusion = this.#confusion();
    const right =
      confusion === undefined ? this.#counts?.[0] : confusion.reduce((sum, row, index) => sum + (row[index] ?? 0), 0);
    if (this.#plan.spec.task !== 'multiclass' || right === undefined || this.#weight === 0) return null;
    return right / this.#weight;
  }

  metrics(): SplitMetrics {
    const { accuracy } = this;
    const confusion = this.#confusion();
    return {
      samples: this.#weight,
      loss: this.loss ?? 0,
      ...(accuracy === null ? {} : { accuracy }),
      ...(confusion === undefined ? {} : { confusion }),
    };
  }

  #confusion(): number[][] | undefined {
    const classes = this.#plan.data.classNames.length;
    const counted = this.#kind === 'evaluate' && this.#plan.spec.task === 'multiclass' && hasConfusion(classes);
    if (!counted || this.#counts === undefined) return undefined;
    const counts = this.#counts;
    return Array.from({ length: classes }, (_, row) => Array.from(counts.subarray(row * classes, (row + 1) * classes)));
  }
}
