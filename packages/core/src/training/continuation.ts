/**
 * Training that goes on with the state of a job that has ended, to the same bits as if it had never ended: what of two
 * job files must be equal for that, and how the position goes over.
 */
import type { Fault } from '../errors.js';
import { jobFileSchema, jobSpecOf, type JobSpec } from '../spec/job-file.js';
import type { JobPlan } from '../spec/job-plan.js';
import type { TrainingPosition } from './position.js';

/** More are of no use to anybody. */
const MAX_DIFFERENCES = 20;

/** What the weights depend on, of a job file, besides how long it trains. */
export function decidingSpec(spec: JobSpec): unknown {
  const { name: _name, priority: _priority, checkpoint: _checkpoint, cluster: _cluster, ...rest } = spec;
  const { continueFrom: _continueFrom, training, ...deciding } = rest;
  const { epochs: _epochs, steps: _steps, ...same } = training;
  return JSON.parse(JSON.stringify({ ...deciding, training: same }));
}

/**
 * Why a job cannot go on with the training of a model.
 * @param base the job file that the model was trained by, as its record has it
 * @param name of the model, for people
 */
export function continuationFaults(plan: JobPlan, base: unknown, name: string): Fault[] {
  const parsed = jobFileSchema.safeParse(base);
  if (!parsed.success) {
    const message = `${name} was not trained by a job of this version of Lockstep: use model.initialWeights`;
    return [{ path: 'continueFrom', message }];
  }
  const before = jobSpecOf(parsed.data);
  const faults = differences(decidingSpec(plan.spec), decidingSpec(before), '', name).slice(0, MAX_DIFFERENCES);
  return faults.length > 0 ? faults : lengthFaults(plan, before, name);
}

function lengthFaults({ steps, stepsPerEpoch, spec }: JobPlan, { training }: JobSpec, name: string): Fault[] {
  const done = training.steps ?? (training.epochs ?? 0) * stepsPerEpoch;
  if (steps > done) return [];
  const unit = spec.training.steps === undefined ? 'epochs' : 'steps';
  const least = unit === 'steps' ? done : Math.floor(done / stepsPerEpoch);
  const message = `must be more than ${String(least)}: ${name} has been trained for them, and they count from its start`;
  return [{ path: `training.${unit}`, message }];
}

/** Where two values of JSON differ, as paths of a job file. */
function differences(value: unknown, base: unknown, path: string, name: string): Fault[] {
  if (isContainer(value) && isContainer(base) && Array.isArray(value) === Array.isArray(base)) {
    const keys = [...new Set([...Object.keys(base), ...Object.keys(value)])];
    const inner = (key: string): string =>
      Array.isArray(base) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    return keys.flatMap((key) => differences(value[key], base[key], inner(key), name));
  }
  if (Object.is(value, base)) return [];
  const wanted = base === undefined ? 'must be left out' : `must be ${JSON.stringify(base).slice(0, 100)}`;
  return [{ path, message: `${wanted}, as in ${name}, which the job goes on with` }];
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** The position from which a job goes on: where early stopping had ended the training, it counts anew. */
export function continuedPosition(position: TrainingPosition): TrainingPosition {
  if (!position.stopped) return position;
  return { ...position, stopped: false, earlyStopping: { ...position.earlyStopping, wait: 0 } };
}
