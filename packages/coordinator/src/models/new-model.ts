/** A model on its way into the registry: its record without a version yet, and its files by their hashes. */
import { createHash } from 'node:crypto';
import {
  importedModelOutput,
  LockstepError,
  manifestSha256,
  modelOutputOf,
  planModel,
  type DatasetManifest,
  type LayerPlan,
  type LayerSpec,
  type ModelFeatures,
  type ModelVersion,
} from '@lockstep/core';
import type { exportLayersModel, ModelFile } from '@lockstep/engine';
import type { ImportedModel, TrainedModel } from './registry.js';

export interface NewModel {
  /** The same for the same model, so that storing it again makes no second version. */
  readonly maker: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly record: Omit<ModelVersion, 'version'>;
}

/** Writes a model as files; see exportLayersModel. */
export type ModelExporter = typeof exportLayersModel;

export function trainedModel(trained: TrainedModel, exporter: ModelExporter): NewModel {
  const { job, plan, manifest, parameters, metrics, createdAt, files: more = [] } = trained;
  const { data, model, spec } = plan;
  const features = featuresOf(manifest);
  const output = modelOutputOf(plan);
  const weightsSha256 = sha256Of(bytesOf(parameters));
  const files = exporter(model, parameters, {
    ...{ job, name: spec.name, weightsSha256, classNames: data.classNames, output },
    features: { offset: features.offset, scale: features.scale },
  });
  const record = {
    ...{ name: spec.name, job, createdAt: createdAt.toISOString(), task: spec.task },
    ...{ layers: model.layers.map(layerSpecOf), features, output, classNames: data.classNames },
    labelNames: data.targetNames,
    classWeights: plan.classWeights,
    dataset: { name: manifest.name, version: manifest.version, sha256: manifestSha256(manifest) },
    ...{ metrics, spec, weightsSha256, parameters: model.parameters },
  };
  return { maker: job, ...withFiles(record, [...files, ...more]) };
}

/** @throws LockstepError INVALID_MODEL when the layers do not fit the features or the weights */
export function importedModel(imported: ImportedModel, exporter: ModelExporter): NewModel {
  const { name, layers, features, classNames, labelNames, parameters, createdAt } = imported;
  const planned = planModel(layers, features.shape);
  if (!planned.ok) throw new LockstepError('INVALID_MODEL', 'the model has faults', { faults: planned.faults });
  const { model } = planned;
  if (model.parameters !== parameters.length) {
    throw new LockstepError('INVALID_MODEL', `the layers have ${model.parameters} weights, got ${parameters.length}`);
  }
  const output = imported.output ?? importedModelOutput(model, classNames.length);
  const weightsSha256 = sha256Of(bytesOf(parameters));
  const files = exporter(model, parameters, { name, weightsSha256, classNames, output });
  const record = {
    ...{ name, job: null, createdAt: createdAt.toISOString(), task: null },
    ...{
      layers: model.layers.map(layerSpecOf),
      features,
      output,
      classNames,
      labelNames,
      classWeights: null,
      dataset: null,
    },
    ...{ metrics: null, spec: null, weightsSha256, parameters: model.parameters },
  };
  const content = JSON.stringify([record.layers, features, output, classNames, labelNames, weightsSha256]);
  return { maker: `i-${sha256Of(new TextEncoder().encode(content)).slice(0, 32)}`, ...withFiles(record, files) };
}

function withFiles(
  record: Omit<ModelVersion, 'version' | 'files'>,
  files: readonly ModelFile[],
): Pick<NewModel, 'record' | 'files'> {
  const entries = files.map(({ name, bytes }) => ({ name, sha256: sha256Of(bytes), bytes: bytes.length }));
  const stored = new Map(files.map(({ bytes }, index) => [entries[index]?.sha256 ?? '', bytes]));
  return { record: { ...record, files: entries }, files: stored };
}

function featuresOf({ features, columns, image }: DatasetManifest): ModelFeatures {
  const { shape, dtype, offset, scale, names } = features;
  return { shape, dtype, offset, scale, names: names ?? null, columns: columns ?? null, image: image ?? null };
}

/** The layer as a job file has it, with its name and every default. */
function layerSpecOf({ name, type, options, trainable }: LayerPlan): LayerSpec {
  return { type, name, trainable, ...options } as LayerSpec;
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
