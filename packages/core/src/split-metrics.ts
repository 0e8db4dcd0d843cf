/** Which figures a split's metrics have, in the order and by the names in which people are shown them, and what follows from what. */
import type { SplitMetrics } from './report.js';

/** Those that are one number; how many samples there were and the confusion matrix are no such thing. */
export type MetricKey = Exclude<keyof SplitMetrics, 'samples' | 'confusion'>;

export interface Metric {
  readonly key: MetricKey;
  /** For people. */
  readonly title: string;
  /** Null where it is not finite. */
  readonly value: number | null;
}

const TITLES: Readonly<Record<MetricKey, string>> = {
  loss: 'loss',
  accuracy: 'accuracy',
  precision: 'precision',
  recall: 'recall',
  meanAbsoluteError: 'mean absolute error',
  rSquared: 'R²',
};

/** Those that the split has; none for a split that is not there. */
export function metricsOf(split: SplitMetrics | null | undefined): readonly Metric[] {
  return (Object.keys(TITLES) as MetricKey[]).flatMap((key) => {
    const value = split?.[key];
    return value === undefined ? [] : [{ key, title: TITLES[key], value }];
  });
}

/** Precision and recall of the second class; absent where they would be 0 / 0. */
export function precisionAndRecall(
  confusion: readonly (readonly number[])[],
): Pick<SplitMetrics, 'precision' | 'recall'> {
  const at = (actual: number, predicted: number): number => confusion[actual]?.[predicted] ?? 0;
  const right = at(1, 1);
  const [predicted, actual] = [at(0, 1) + right, at(1, 0) + right];
  return {
    ...(predicted > 0 && { precision: right / predicted }),
    ...(actual > 0 && { recall: right / actual }),
  };
}
