/** What is asked of a model, checked against what it was trained on: instances of JSON to rows of features, and back. */
import { columnWidth, encodeCell, type Cell } from './data/columns.js';
import type { DatasetColumn } from './dataset.js';
import { LockstepError, type Fault } from './errors.js';
import { elementCount, formatShape } from './model/shape.js';
import type { ModelFeatures, ModelVersion, Prediction } from './model-registry.js';

/** Instances of one request. */
export const MAX_INSTANCES = 10_000;
const MAX_FAULTS = 20;

type Describe = (path: string, message: string) => void;

/**
 * @param instances each a nested array of the features' shape, a flat array of all values, or for a table an object by
 *   column name
 * @returns rows of features, not scaled
 * @throws LockstepError INVALID_INSTANCES with a fault for each value that does not fit
 */
export function readInstances(features: ModelFeatures, instances: readonly unknown[]): Float32Array {
  if (instances.length === 0 || instances.length > MAX_INSTANCES) {
    throw refusal([{ path: 'instances', message: `must be 1 to ${MAX_INSTANCES}, got ${instances.length}` }]);
  }
  const width = elementCount(features.shape);
  const rows = new Float32Array(instances.length * width);
  const faults: Fault[] = [];
  for (const [index, instance] of instances.entries()) {
    const describe = (path: string, message: string): void => {
      faults.push({ path: `instances[${index}]${path}`, message });
    };
    readInstance(features, instance, rows.subarray(index * width, (index + 1) * width), describe);
    if (faults.length >= MAX_FAULTS) break;
  }
  if (faults.length > 0) throw refusal(faults.slice(0, MAX_FAULTS));
  return rows;
}

function readInstance(features: ModelFeatures, instance: unknown, row: Float32Array, describe: Describe): void {
  const { shape } = features;
  if (Array.isArray(instance)) {
    const flat = shape.length > 1 && instance.length === row.length && !instance.some(Array.isArray);
    readArray(features, instance, flat ? [row.length] : shape, row, '', describe);
  } else if (typeof instance === 'object' && instance !== null) {
    readTableRow(features, instance as Readonly<Record<string, unknown>>, row, describe);
  } else if (row.length === 1) {
    readValue(features, instance, row, '', describe);
  } else {
    describe('', `must be an array of ${formatShape(shape)}, got ${nameOf(instance)}`);
  }
}

function readArray(
  features: ModelFeatures,
  values: readonly unknown[],
  shape: readonly number[],
  row: Float32Array,
  path: string,
  describe: Describe,
): void {
  const [length = 0, ...inner] = shape;
  if (values.length !== length) {
    describe(
      path,
      `must have ${length} elements for the features' shape ${formatShape(features.shape)}, got ${values.length}`,
    );
    return;
  }
  const width = elementCount(inner);
  for (const [index, value] of values.entries()) {
    const target = row.subarray(index * width, (index + 1) * width);
    const place = `${path}[${index}]`;
    if (inner.length === 0) readValue(features, value, target, place, describe);
    else if (Array.isArray(value)) readArray(features, value, inner, target, place, describe);
    else describe(place, `must be an array of ${formatShape(inner)}, got ${nameOf(value)}`);
  }
}

function readValue(
  { dtype }: ModelFeatures,
  value: unknown,
  target: Float32Array,
  path: string,
  describe: Describe,
): void {
  if (typeof value !== 'number') describe(path, `must be a number, got ${nameOf(value)}`);
  else if (dtype === 'uint8' && !(Number.isInteger(value) && value >= 0 && value <= 255)) {
    describe(path, `must be a whole number from 0 to 255, got ${value}`);
  } else if (!Number.isFinite(Math.fround(value))) describe(path, `must be finite in float32, got ${value}`);
  else target[0] = value;
}

/** The columns of a table's row: those of its dataset, or where only names are known a number for each. */
export function tableColumns({ columns, names }: ModelFeatures): readonly DatasetColumn[] | undefined {
  return columns ?? names?.map((name) => ({ name, kind: 'numeric' as const }));
}

function readTableRow(
  features: ModelFeatures,
  instance: Readonly<Record<string, unknown>>,
  row: Float32Array,
  describe: Describe,
): void {
  const columns = tableColumns(features);
  if (columns === undefined || features.shape.length !== 1) {
    describe('', `must be an array of ${formatShape(features.shape)}: the model knows no column names`);
    return;
  }
  const names = new Set(columns.map(({ name }) => name));
  for (const key of Object.keys(instance))
    if (!names.has(key)) describe(`.${key.slice(0, 80)}`, 'is no column of the model');
  let place = 0;
  for (const column of columns) {
    const value = Object.hasOwn(instance, column.name) ? instance[column.name] : undefined;
    const fault = isCell(value)
      ? encodeCell(column, value, row, place)
      : `must be a number or text, got ${nameOf(value)}`;
    if (fault !== undefined) describe(`.${column.name}`, fault);
    place += columnWidth(column);
  }
}

function isCell(value: unknown): value is Cell {
  return typeof value !== 'object' || value === null;
}

/** @param outputs samples x outputs, as the model's graph gives them */
export function readPredictions(model: ModelVersion, outputs: Float32Array, samples: number): Prediction[] {
  const width = outputs.length / samples;
  return Array.from({ length: samples }, (_, sample) =>
    predictionOf(model, [...outputs.subarray(sample * width, (sample + 1) * width)]),
  );
}

function predictionOf({ output, classNames }: ModelVersion, values: readonly number[]): Prediction {
  if (output.kind === 'values') return { values };
  // One output is the probability, or the score, of the second of two classes.
  const [single = 0] = values;
  const best = values.length === 1 ? Number(single > 0.5) : values.indexOf(Math.max(...values));
  const name = classNames[best] ?? String(best);
  if (output.kind === 'scores') return { class: name, values };
  return { class: name, probabilities: values.length === 1 ? [1 - single, single] : values };
}

function nameOf(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (value === null || value === undefined) return 'nothing';
  return typeof value === 'object' ? 'an object' : JSON.stringify(value).slice(0, 80);
}

function refusal(faults: readonly Fault[]): LockstepError {
  return new LockstepError('INVALID_INSTANCES', 'the instances do not fit the model', {
    faults,
    hint: 'The features of the model, with their shape and columns, are in `lockstep model get`.',
  });
}
