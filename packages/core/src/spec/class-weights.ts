/** From what a job file says about class weights to one number a class. */
import type { DatasetManifest } from '../dataset.js';
import type { Fault } from '../errors.js';
import { formatPath, show } from './fault-text.js';
import { hasClasses, type Task } from './job-file.js';
import type { DataPlan } from './job-plan.js';
import { didYouMean } from './nearest.js';
import type { ClassWeightsSpec } from './training-rules.js';

const PATH = 'training.classWeights';

export interface ClassWeights {
  /** By class number; null: every sample counts the same. */
  readonly weights: readonly number[] | null;
  readonly faults: readonly Fault[];
}

export function resolveClassWeights(
  spec: ClassWeightsSpec | undefined,
  task: Task | undefined,
  data: DataPlan,
  manifest: DatasetManifest,
): ClassWeights {
  const fault = (message: string): ClassWeights => ({ weights: null, faults: [{ path: PATH, message }] });
  if (spec === undefined) return { weights: null, faults: [] };
  if (task !== undefined && !hasClasses(task)) return fault(`the task ${task} has no classes to weigh`);
  if (data.classNames.length === 0) return { weights: null, faults: [] };
  if (spec !== 'balanced') return named(spec, data.classNames);
  const counts = manifest.statistics?.classCounts?.[data.trainSplit];
  if (counts?.length !== data.classNames.length) {
    return fault(`'${data.dataset}' does not say how many samples each class has: give a weight for each class`);
  }
  const empty = counts.indexOf(0);
  if (empty >= 0) {
    const name = data.classNames[empty] ?? '';
    return fault(`the class ${show(name)} has no samples to balance with: give a weight for each class`);
  }
  return { weights: balanced(counts), faults: [] };
}

/** n / (classes * n_c), as scikit-learn has it: all classes count the same in sum, and a sample counts 1 on average. */
function balanced(counts: readonly number[]): number[] {
  const samples = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => samples / (counts.length * count));
}

/** Classes that are not named weigh 1. */
function named(spec: Exclude<ClassWeightsSpec, 'balanced'>, classNames: readonly string[]): ClassWeights {
  const known = classNames.slice(0, 20).map(show).join(', ');
  const faults = Object.keys(spec)
    .filter((name) => !classNames.includes(name))
    .map((name) => ({
      path: formatPath(['training', 'classWeights', name]),
      message: `there is no such class${didYouMean(name, classNames)}; there are ${known}`,
    }));
  const weights = classNames.map((name) => (Object.hasOwn(spec, name) ? (spec[name] ?? 1) : 1));
  return { weights, faults };
}
