/**
 * What a thread does for those who ask a model: requests become rows, rows go through the model together, outputs become
 * responses. Requests and responses may be of many megabytes, which is why the event loop does not look into them.
 */
import {
  elementCount,
  LockstepError,
  MAX_INSTANCES,
  parseJson,
  readInstances,
  readPredictions,
  type ModelVersion,
} from '@lockstep/core';
import { z } from 'zod';
import { threadFailure, type ThreadFailure } from '../thread-failure.js';
import type { Answer, Question } from './predict-messages.js';

/** Of one response: some 200 MB of JSON. */
const MAX_VALUES = 10_000_000;

export const predictRequestSchema = z.strictObject({ instances: z.array(z.unknown()).min(1).max(MAX_INSTANCES) });

/** A model as it answers. */
export interface AnsweringModel {
  readonly version: ModelVersion;
  /** Outputs of a sample. */
  readonly outputs: number;
  /** Rows of features to rows of outputs. */
  readonly predict: (x: Float32Array) => Float32Array;
}

/** Each question gets its own answer, parallel to them, and a question that is wrong spoils no other. */
export function answerQuestions(questions: readonly Question[], model: AnsweringModel): readonly Answer[] {
  const asked = questions.map((question) => attempt(() => rowsOf(question, model)));
  const outputs = model.predict(joined(asked.filter((rows) => rows instanceof Float32Array)));
  const width = elementCount(model.version.features.shape);
  let place = 0;
  return asked.map((rows, index) => {
    if (!(rows instanceof Float32Array)) return rows;
    const samples = rows.length / width;
    const own = outputs.slice(place, place + samples * model.outputs);
    place += own.length;
    if (questions[index]?.type === 'rows') return { type: 'outputs', outputs: own };
    return attempt(() => ({ type: 'response', body: responseOf(model.version, own, samples) }));
  });
}

function attempt<T>(action: () => T): T | ThreadFailure {
  try {
    return action();
  } catch (error) {
    return threadFailure(error, 'INTERNAL');
  }
}

function rowsOf(question: Question, { version: { features }, outputs }: AnsweringModel): Float32Array {
  if (question.type === 'rows') return question.x;
  const parsed = predictRequestSchema.safeParse(parseJson(new TextDecoder().decode(question.body)));
  if (!parsed.success) {
    throw new LockstepError('INVALID_INSTANCES', 'the body of the request is not valid', {
      hint: 'Mend what is listed; /api/v1/openapi.json says what is allowed.',
      faults: parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })),
    });
  }
  const { instances } = parsed.data;
  if (instances.length * outputs > MAX_VALUES) {
    const values = `${String(instances.length)} times ${String(outputs)} values`;
    throw new LockstepError('PAYLOAD_TOO_LARGE', `the answer would have ${values}, more than ${String(MAX_VALUES)}`, {
      hint: 'Ask for fewer instances at a time.',
    });
  }
  return readInstances(features, instances);
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let place = 0;
  for (const part of parts) {
    whole.set(part, place);
    place += part.length;
  }
  return whole;
}

function responseOf(version: ModelVersion, outputs: Float32Array, samples: number): Uint8Array {
  const predictions = readPredictions(version, outputs, samples);
  const response = { predictions, model: { name: version.name, version: version.version } };
  return new TextEncoder().encode(JSON.stringify(response));
}
