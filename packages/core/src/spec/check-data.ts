/** Resolves the splits that a job names against the datasets there are. */
import { manifestSha256, parseSplitReference, type DatasetManifest, type SplitAddress } from '../dataset.js';
import type { Fault } from '../errors.js';
import type { DataPlan, ValidationPlan } from './job-plan.js';
import type { JobSpec } from './job-file.js';
import { didYouMean } from './nearest.js';

/** The newest version where none is asked for. */
export type FindDataset = (name: string, version?: number) => DatasetManifest | undefined;

export interface Datasets {
  readonly find: FindDataset;
  /** All there are, for "did you mean"; may be empty. */
  readonly names: readonly string[];
}

export interface DataCheck {
  /** Absent if the training split is not to be had: nothing else can be checked then. */
  readonly found?: { readonly plan: DataPlan; readonly manifest: DatasetManifest };
  readonly faults: readonly Fault[];
}

export function checkData(data: JobSpec['data'], datasets: Datasets): DataCheck {
  const faults: Fault[] = [];
  const train = parseSplitReference(data.train);
  const manifest = findVersion(train, datasets);
  if (manifest === undefined) return { faults: [{ path: 'data.train', message: unknownDataset(train, datasets) }] };
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
  const plan: DataPlan = {
    ...datasetPlan(manifest),
    trainSplit: train.split,
    validation: held.validation,
    testSplit: data.test === undefined ? null : parseSplitReference(data.test).split,
    trainSamples: total - held.fromTraining,
    validationSamples: held.samples,
    testSamples,
  };
  return { found: { plan, manifest }, faults };
}

type DatasetPlan = Omit<
  DataPlan,
  'trainSplit' | 'validation' | 'testSplit' | 'trainSamples' | 'validationSamples' | 'testSamples'
>;

function datasetPlan(manifest: DatasetManifest): DatasetPlan {
  const { features, labels, statistics } = manifest;
  const targetNames = labels.kind === 'values' ? labels.names : [];
  return {
    dataset: manifest.name,
    version: manifest.version,
    sha256: manifestSha256(manifest),
    classNames: labels.kind === 'classes' ? labels.classNames : [],
    targetNames,
    targetOffsets: targetNames.map((_, index) => statistics?.targets?.[index]?.mean ?? 0),
    featureShape: features.shape,
    dtype: features.dtype,
    offset: features.offset,
    scale: features.scale,
  };
}

/** The data section with the dataset's version in every reference, so that it means the same for ever. */
export function pinVersion(data: JobSpec['data'], { dataset, version }: DataPlan): JobSpec['data'] {
  const pin = (reference: string): string => `${dataset}@${version}/${parseSplitReference(reference).split}`;
  return {
    train: pin(data.train),
    validation: typeof data.validation === 'string' ? pin(data.validation) : data.validation,
    ...(data.test !== undefined && { test: pin(data.test) }),
  };
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
    const { split } = parseSplitReference(validation);
    return { validation: { type: 'split', split }, samples, fromTraining: 0 };
  }
  // As `splitTraining` counts. A share of less than one sample is no validation at all.
  const samples = Math.floor(total * validation);
  if (samples === 0) return { validation: { type: 'none' }, samples: 0, fromTraining: 0 };
  return { validation: { type: 'fraction', fraction: validation }, samples, fromTraining: samples };
}

/** Samples of a split, at least one; all splits of a job must be of one version of one dataset. */
function countSamples(reference: string, manifest: DatasetManifest, datasets: Datasets): number | { fault: string } {
  const address = parseSplitReference(reference);
  const { dataset, version = manifest.version, split } = address;
  if (dataset !== manifest.name) {
    if (datasets.find(dataset) === undefined) return { fault: unknownDataset(address, datasets) };
    return { fault: `must be a split of '${manifest.name}', the dataset of data.train, got '${reference}'` };
  }
  if (version !== manifest.version) {
    return { fault: `must be of version ${manifest.version}, as data.train is, got '${reference}'` };
  }
  const names = Object.keys(manifest.splits);
  const found = names.includes(split) ? manifest.splits[split] : undefined;
  if (found === undefined) {
    return { fault: `'${dataset}' has no split '${split}'${didYouMean(split, names)}; it has ${names.join(', ')}` };
  }
  return found.count > 0 ? found.count : { fault: `the split '${reference}' has no samples` };
}

function findVersion({ dataset, version }: SplitAddress, { find }: Datasets): DatasetManifest | undefined {
  const manifest = find(dataset, version);
  return version === undefined || manifest?.version === version ? manifest : undefined;
}

function unknownDataset({ dataset, version }: SplitAddress, { find, names }: Datasets): string {
  const newest = find(dataset)?.version;
  if (newest !== undefined && version !== undefined) {
    return `'${dataset}' has no version ${version}; the newest is ${newest}`;
  }
  const known = names.length === 0 ? 'lockstep dataset list shows them' : `there are ${names.slice(0, 20).join(', ')}`;
  return `there is no dataset '${dataset}'${didYouMean(dataset, names)}; ${known}`;
}
