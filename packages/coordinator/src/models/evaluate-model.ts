/** How good a stored model is on a split of a dataset: it answers for every sample, and the answers are compared. */
import {
  elementCount,
  formatShape,
  LockstepError,
  parseSplitReference,
  readSafetensors,
  type DatasetManifest,
  type DatasetSplit,
  type ModelVersion,
  type SplitMetrics,
} from '@lockstep/core';
import { AnswerSums } from './answer-sums.js';

/** Samples of one question. */
const CHUNK_SAMPLES = 128;
/** Questions at a time: enough to keep all threads busy. */
const CHUNKS = 8;

export interface EvaluationSources {
  /** The newest version of a dataset if no other is given. */
  readonly find: (name: string, version?: number) => DatasetManifest | undefined;
  /** Bytes of a shard. */
  readonly shard: (sha256: string) => Promise<Uint8Array>;
  /** Outputs for rows of features, not scaled. */
  readonly predict: (model: ModelVersion, x: Float32Array) => Promise<Float32Array>;
  /** Ends the evaluation: nobody waits for it any more. */
  readonly signal: AbortSignal;
}

export interface Evaluation {
  readonly model: { readonly name: string; readonly version: number };
  readonly dataset: { readonly name: string; readonly version: number; readonly split: string };
  readonly metrics: SplitMetrics;
}

/**
 * @param reference `<dataset>[@<version>]/<split>`
 * @throws LockstepError NOT_FOUND, INVALID_OPTION, INVALID_DATASET where the dataset is none for this model; the reason of
 *   the signal
 */
export async function evaluateModel(
  model: ModelVersion,
  reference: string,
  sources: EvaluationSources,
): Promise<Evaluation> {
  const { manifest, name, split } = findSplit(reference, sources);
  checkFit(model, manifest);
  const sums = new AnswerSums(model);
  for (const { sha256 } of split.shards) {
    sources.signal.throwIfAborted();
    const { tensors } = readSafetensors(await sources.shard(sha256));
    const [x, y] = [tensors.get('x')?.data, tensors.get('y')?.data];
    if (x === undefined || y === undefined)
      throw new LockstepError('INVALID_DATASET', `shard ${sha256} has no x and y`);
    const rows = { x: Float32Array.from(x), y: Float32Array.from(y) };
    await addShard(model, rows, sources, sums);
  }
  return {
    model: { name: model.name, version: model.version },
    dataset: { name: manifest.name, version: manifest.version, split: name },
    metrics: sums.metrics(),
  };
}

interface Rows {
  readonly x: Float32Array;
  readonly y: Float32Array;
}

/** Answers are added in order: sums do not depend on which thread is faster. */
async function addShard(
  model: ModelVersion,
  { x, y }: Rows,
  { predict, signal }: EvaluationSources,
  sums: AnswerSums,
): Promise<void> {
  const width = elementCount(model.features.shape);
  const samples = x.length / width;
  const wanted = wantedOf(model, { x, y }, samples);
  for (let first = 0; first < samples; first += CHUNK_SAMPLES * CHUNKS) {
    signal.throwIfAborted();
    const starts = Array.from({ length: CHUNKS }, (_, index) => first + index * CHUNK_SAMPLES);
    const asked = starts.filter((start) => start < samples);
    const answers = asked.map((start) => predict(model, x.slice(start * width, (start + CHUNK_SAMPLES) * width)));
    for (const [index, outputs] of (await Promise.all(answers)).entries()) {
      const start = asked[index] ?? 0;
      const count = Math.min(CHUNK_SAMPLES, samples - start);
      const size = outputs.length / count;
      for (let place = 0; place < count; place += 1) {
        sums.add(outputs.subarray(place * size, (place + 1) * size), wanted(start + place));
      }
    }
  }
}

/** What each sample is to give: its class, its values, or for an autoencoder itself as the model sees it. */
function wantedOf(
  { output, labelNames, features }: ModelVersion,
  { x, y }: Rows,
  samples: number,
): (sample: number) => ArrayLike<number> {
  const targets = y.length / samples;
  if (output.kind !== 'values' || labelNames.length > 0) {
    return (sample) => y.subarray(sample * targets, (sample + 1) * targets);
  }
  const width = elementCount(features.shape);
  const at = (numbers: number | readonly number[], index: number): number =>
    typeof numbers === 'number' ? numbers : (numbers[index % numbers.length] ?? 0);
  return (sample) =>
    x
      .slice(sample * width, (sample + 1) * width)
      .map((value, index) => (value - at(features.offset, index)) * at(features.scale, index));
}

function findSplit(
  reference: string,
  { find }: EvaluationSources,
): { readonly manifest: DatasetManifest; readonly name: string; readonly split: DatasetSplit } {
  const { dataset, version, split: name } = parseSplitReference(reference);
  const manifest = find(dataset, version);
  const isWanted = version === undefined || manifest?.version === version;
  if (manifest === undefined || !isWanted) throw new LockstepError('NOT_FOUND', `there is no dataset ${dataset}`);
  const split = Object.entries(manifest.splits).find(([key]) => key === name)?.[1];
  if (split !== undefined && split.count > 0) return { manifest, name, split };
  throw new LockstepError('NOT_FOUND', `${dataset} has no samples in a split ${name}`, {
    hint: `It has ${Object.keys(manifest.splits).join(', ')}.`,
  });
}

/** The same features, and labels that mean the same. */
function checkFit({ features, classNames, labelNames, output }: ModelVersion, manifest: DatasetManifest): void {
  const { shape, dtype } = manifest.features;
  if (shape.join() !== features.shape.join() || dtype !== features.dtype) {
    const own = `${formatShape(features.shape)} of ${features.dtype}`;
    throw unfit(`its samples are ${formatShape(shape)} of ${dtype}, the model's ${own}`);
  }
  const { labels } = manifest;
  if (output.kind !== 'values') {
    const names = labels.kind === 'classes' ? labels.classNames : [];
    if (names.join('\0') !== classNames.join('\0')) throw unfit("its classes are not the model's");
  } else if (labelNames.length > 0 && (labels.kind !== 'values' || labels.names.length !== labelNames.length)) {
    throw unfit("its values are not the model's");
  }
}

function unfit(why: string): LockstepError {
  return new LockstepError('INVALID_DATASET', `the dataset is none for this model: ${why}`, {
    hint: 'lockstep model get prints the features and the classes of a model.',
  });
}
