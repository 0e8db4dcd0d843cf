/** A piscina thread that answers for models, so that the coordinator's event loop stays free. It keeps the last few. */
import { isLockstepError } from '@lockstep/core';
import { applyNativeEnvironment, exportSavedModel, Predictor } from '@lockstep/engine';
import type { PredictAnswer, PredictTask } from './predict-messages.js';

const KEPT_MODELS = 8;

/** The one used last at the end. */
const predictors = new Map<string, Predictor>();

function predictorOf({ key, model }: PredictTask & { type: 'predict' }): Predictor | undefined {
  const known = predictors.get(key) ?? (model && new Predictor(model.forward, model.parameters));
  if (known === undefined) return undefined;
  predictors.delete(key);
  predictors.set(key, known);
  for (const [oldest, predictor] of predictors) {
    if (predictors.size <= KEPT_MODELS) break;
    predictors.delete(oldest);
    predictor.dispose();
  }
  return known;
}

function answer(task: PredictTask): PredictAnswer {
  applyNativeEnvironment();
  if (task.type === 'savedModel') {
    const { forward, parameters } = task.model;
    return { type: 'files', files: exportSavedModel(forward, task.dtype, parameters) };
  }
  const predictor = predictorOf(task);
  return predictor === undefined ? { type: 'unknownModel' } : { type: 'outputs', outputs: predictor.predict(task.x) };
}

export default function run(task: PredictTask): PredictAnswer {
  try {
    return answer(task);
  } catch (error) {
    const known = isLockstepError(error);
    const message = error instanceof Error ? error.message : String(error);
    return {
      type: 'failed',
      code: known ? error.code : 'NATIVE_FAILED',
      message,
      hint: known ? error.hint : undefined,
    };
  }
}
