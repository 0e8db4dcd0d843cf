/**
 * From anything to a job plan, or to the list of all its faults. A section of the file is checked as far as it is
 * understood even where others have faults, so that a person mends everything in one go.
 */
import type { Fault } from '../errors.js';
import { withLayersOfFile } from '../model/layers-model.js';
import { planModel, type ModelPlan } from '../model/model-plan.js';
import { layerSchema, type LayerSpec } from '../model/registry.js';
import type { DatasetManifest } from '../dataset.js';
import { checkData, pinVersion, type DataCheck, type FindDataset } from './check-data.js';
import { checkModel, outputActivation, plannedLoss } from './check-model.js';
import {
  checkBatchSize,
  checkClip,
  checkLoss,
  checkMemory,
  checkMonitors,
  checkSchedule,
  checkSliceSize,
  checkSteps,
  checkTask,
} from './check-training.js';
import { resolveClassWeights } from './class-weights.js';
import {
  defaultLoss,
  epochsOf,
  jobFileSchema,
  jobSpecOf,
  MAX_BATCH_SIZE,
  MAX_LAYERS,
  type JobSpec,
  type Task,
  type TrainingSection,
} from './job-file.js';
import type { DataPlan, JobPlan, JobPlanResult } from './job-plan.js';
import { estimateMemory } from './memory.js';
import { plainData } from './plain-data.js';
import { parseSchema, parseValidFields } from './schema-faults.js';
import { defaultSliceSize } from './slice-size.js';
import { clipPlan } from './training-rules.js';

export type { FindDataset };

/** More are counted, not listed: hostile input must not become a flood of text. */
const MAX_FAULTS = 200;
/** Samples of an evaluation step, at least: there is no update to wait for, so steps may be large. */
const EVALUATION_SAMPLES = 1024;

/**
 * Plans a job. `input` may be anything and nothing is thrown for it; `findDataset` is asked for each dataset that the
 * job names, and `datasetNames` (all there are) serves "did you mean".
 */
export function planJob(input: unknown, findDataset: FindDataset, datasetNames: readonly string[] = []): JobPlanResult {
  const plain = plainData(input);
  const model = withLayersOfFile(plain.value);
  const file = parseSchema(jobFileSchema, model.job);
  const sections = readSections(model.job);
  const data: DataCheck =
    sections.data === undefined ? { faults: [] } : checkData(sections.data, { find: findDataset, names: datasetNames });
  const fit = data.found === undefined ? { faults: [] } : checkFit(sections, data.found);
  const faults = mergeFaults(
    [...plain.faults, ...model.faults],
    [...data.faults, ...fit.faults],
    file.ok ? [] : file.faults.filter(({ path }) => model.faults.length === 0 || !/^model\.(file|layers)/.test(path)),
  );
  if (file.ok && faults.length === 0 && fit.compiled !== undefined) {
    return { ok: true, plan: compile(jobSpecOf(file.value), fit.compiled) };
  }
  return { ok: false, faults };
}

/** The parts of a job file that can be understood on their own. */
interface Sections {
  readonly task?: Task;
  readonly data?: JobSpec['data'];
  /** The layers before the first one that is not understood. */
  readonly layers: readonly LayerSpec[];
  readonly layersComplete: boolean;
  readonly training?: TrainingSection;
  readonly rawBatchSize: unknown;
}

function readSections(value: unknown): Sections {
  const { shape } = jobFileSchema;
  const task = parseSchema(shape.task, property(value, 'task'));
  const data = parseValidFields(shape.data, property(value, 'data'));
  const training = parseValidFields(shape.training.unwrap(), property(value, 'training'));
  return {
    ...(task.ok && { task: task.value }),
    ...(data && { data }),
    ...readLayers(property(property(value, 'model'), 'layers')),
    ...(training && { training }),
    rawBatchSize: property(property(value, 'training'), 'batchSize'),
  };
}

function readLayers(value: unknown): Pick<Sections, 'layers' | 'layersComplete'> {
  const layers: LayerSpec[] = [];
  if (!Array.isArray(value) || value.length > MAX_LAYERS) return { layers, layersComplete: false };
  for (const element of value) {
    const layer = parseSchema(layerSchema, element);
    if (!layer.ok) return { layers, layersComplete: false };
    layers.push(layer.value);
  }
  return { layers, layersComplete: layers.length > 0 };
}

interface Found {
  readonly plan: DataPlan;
  readonly manifest: DatasetManifest;
}

/** What planning works out besides the file itself. */
interface Compiled {
  readonly model: ModelPlan;
  readonly data: DataPlan;
  readonly classWeights: readonly number[] | null;
}

/** Whether model and training fit the data; `compiled` is there if the whole model could be planned. */
function checkFit(sections: Sections, { plan: data, manifest }: Found): { compiled?: Compiled; faults: Fault[] } {
  const { task, training } = sections;
  const planned = planModel(sections.layers, data.featureShape);
  const model = planned.ok && sections.layersComplete ? planned.model : undefined;
  const faults = planned.ok ? [] : [...planned.faults];
  const taskFaults = task === undefined ? [] : checkTask(task, data);
  faults.push(...taskFaults);
  if (task !== undefined && model !== undefined && taskFaults.length === 0) {
    faults.push(...checkModel(model, task, training?.loss ?? defaultLoss(task), data));
  }
  faults.push(...checkTraining(sections, model, data));
  const weights = resolveClassWeights(training?.classWeights, task, data, manifest);
  faults.push(...weights.faults);
  return model === undefined ? { faults } : { compiled: { model, data, classWeights: weights.weights }, faults };
}

function checkTraining(
  { task, training, rawBatchSize }: Sections,
  model: ModelPlan | undefined,
  data: DataPlan,
): Fault[] {
  const faults = checkBatchSize(rawBatchSize ?? training?.batchSize, data);
  const batchSizeFits = faults.length === 0;
  if (training === undefined) return faults;
  if (task !== undefined) faults.push(...checkLoss(training, task));
  faults.push(...checkClip(training), ...checkSchedule(training), ...checkMonitors(training, task, data));
  if (!batchSizeFits) return faults;
  faults.push(...checkSteps(training, data), ...checkSliceSize(training));
  if (model !== undefined) {
    faults.push(...checkMemory(model, training.sliceSize ?? defaultSliceSize(training.batchSize)));
  }
  return faults;
}

function compile(file: JobSpec, { model, data, classWeights }: Compiled): JobPlan {
  const spec = { ...file, data: pinVersion(file.data, data) };
  const { training, checkpoint } = spec;
  const size = training.sliceSize ?? defaultSliceSize(training.batchSize);
  const stepsPerEpoch = Math.ceil(data.trainSamples / training.batchSize);
  const steps = training.steps ?? epochsOf(training) * stepsPerEpoch;
  return {
    spec,
    model,
    data,
    loss: plannedLoss(model, training.loss),
    outputActivation: outputActivation(model),
    slices: { size },
    evaluationBatchSize: evaluationBatchSize(training.batchSize, size),
    stepsPerEpoch,
    steps,
    epochs: Math.ceil(steps / stepsPerEpoch),
    schedule: training.schedule ?? { type: 'constant', warmupSteps: 0 },
    earlyStopping: training.earlyStopping ?? null,
    clip: clipPlan(training.clip),
    classWeights,
    initialWeights: spec.model.initialWeights ?? null,
    continueFrom: spec.continueFrom ?? null,
    checkpoint: { ...checkpoint, everySteps: checkpoint.everySteps ?? null },
    priority: spec.priority,
    seed: training.seed,
    memoryBytes: estimateMemory(model, size),
  };
}

function evaluationBatchSize(batchSize: number, sliceSize: number): number {
  const wished = Math.ceil(Math.max(batchSize, EVALUATION_SAMPLES) / sliceSize);
  return Math.min(wished, Math.floor(MAX_BATCH_SIZE / sliceSize)) * sliceSize;
}

/** One fault a path: those that know the data say more than the schema's, and replace them. */
function mergeFaults(plain: readonly Fault[], fit: readonly Fault[], schema: readonly Fault[]): Fault[] {
  const better = new Set([...plain, ...fit].map(({ path }) => path));
  const faults = [...plain, ...schema.filter(({ path }) => !better.has(path)), ...fit];
  if (faults.length <= MAX_FAULTS) return faults;
  const more = `there are ${faults.length - MAX_FAULTS} more faults`;
  return [...faults.slice(0, MAX_FAULTS), { path: '', message: more }];
}

function property(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
