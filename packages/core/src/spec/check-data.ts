/** Resolves the splits that a job names against the datasets there are. */
import type { DatasetManifest } from '../dataset.js';
import type { Fault } from '../errors.js';
import type { DataPlan, ValidationPlan } from './job-plan.js';
import type { JobSpec } from './job-file.js';
import { didYouMean } from './nearest.js';

export type FindDataset = (name: string) => DatasetManifest | undefined;

export interface Datasets {
  readonly find: FindDataset;
  /** All there are, for "did you mean"; may be empty. */
  readonly names: readonly string[];
}

export interface DataCheck {
  /** Absent if the training split is not to be had: nothing else can be checked then. */
  readonly plan?: DataPlan;
  readonly faults: readonly Fault[];
}

export function checkData(data: JobSpec['data'], datasets: Datasets): DataCheck {
  const faults: Fault[] = [];
  const [dataset, trainSplit] = splitReference(data.train);
  const manifest = datasets.find(dataset);
  if (manifest === undefined) return { faults: [{ path: 'data.train', message: unknownDataset(dataset, datasets) }] };
  const { offset, scale } = manifest.features;
  const { labels } = manifest;
  if (labels.kind !== 'classes' || typeof offset !== 'number' || typeof scale !== 'number') {
    return { faults: [{ path: 'data.train', message: `'${dataset}' cannot be trained on yet` }] };
  }
  const samplesOf = (path: string, reference: string): number => {
    const samples = countSamples(reference, manifest, datasets);
    if (typeof samples === 'number') return samples;
    faults.push({ path, message: samples.fault });
    return 0;
  };
  const total = samplesOf('data.train', data.train);
  if (total === 0) return { faults };
  const held = holdOut(data.validation, total, samplesOf);
  const testSamples = data.test === undefined ? 0 : samplesOf('data.test', data.test);
  const { shape: featureShape, dtype } = manifest.features;
  const plan: DataPlan = {
    dataset: manifest.name,
    trainSplit,
    validation: held.validation,
    testSplit: data.test === undefined ? null : splitReference(data.test)[1],
    classNames: labels.classNames,
    featureShape,
    dtype,
    offset,
    scale,
    trainSamples: total - held.fromTraining,
    validationSamples: held.samples,
    testSamples,
  };
  return { plan, faults };
}

interface HeldOut {
  readonly validation: ValidationPlan;
  readonly samples: number;
  readonly fromTraining: number;
}

function holdOut(
  validation: number | string,
  total: number,
  samplesOf: (path: string, reference: string) => number,
): HeldOut {
  if (typeof validation === 'string') {
    const samples = samplesOf('data.validation', validation);
    return { validation: { type: 'split', split: splitReference(validation)[1] }, samples, fromTraining: 0 };
  }
  // As `splitTraining` counts. A share of less than one sample is no validation at all.
  const samples = Math.floor(total * validation);
  if (samples === 0) return { validation: { type: 'none' }, samples: 0, fromTraining: 0 };
  return { validation: { type: 'fraction', fraction: validation }, samples, fromTraining: samples };
}

/** Samples of a split, at least one; all splits of a job must be of one dataset. */
function countSamples(reference: string, manifest: DatasetManifest, datasets: Datasets): number | { fault: string } {
  const [dataset, split] = splitReference(reference);
  if (dataset !== manifest.name) {
    if (datasets.find(dataset) === undefined) return { fault: unknownDataset(dataset, datasets) };
    return { fault: `must be a split of '${manifest.name}', the dataset of data.train, got '${reference}'` };
  }
  const names = Object.keys(manifest.splits);
  const found = names.includes(split) ? manifest.splits[split] : undefined;
  if (found === undefined) {
    return { fault: `'${dataset}' has no split '${split}'${didYouMean(split, names)}; it has ${names.join(', ')}` };
  }
  return found.count > 0 ? found.count : { fault: `the split '${reference}' has no samples` };
}

function unknownDataset(name: string, { names }: Datasets): string {
  const known = names.length === 0 ? 'lockstep dataset list shows them' : `there are ${names.slice(0, 20).join(', ')}`;
  return `there is no dataset '${name}'${didYouMean(name, names)}; ${known}`;
}

/** The schema has checked that there is exactly one slash. */
function splitReference(reference: string): [dataset: string, split: string] {
  const [dataset = '', split = ''] = reference.split('/');
  return [dataset, split];
}
