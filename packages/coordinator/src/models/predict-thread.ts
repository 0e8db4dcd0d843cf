/** A piscina thread that answers for models, so that the coordinator's event loop stays free. It keeps the last few. */
import { elementCount } from '@lockstep/core';
import { applyNativeEnvironment, exportSavedModel, Predictor } from '@lockstep/engine';
import { threadFailure } from '../thread-failure.js';
import { answerQuestions, type AnsweringModel } from './answer-questions.js';
import { memoryOf, moved } from './moved-memory.js';
import type { LoadedModel, PredictAnswer, PredictTask } from './predict-messages.js';

const KEPT_MODELS = 8;

interface KeptModel extends AnsweringModel {
  readonly dispose: () => void;
}

/** The one used last at the end. */
const models = new Map<string, KeptModel>();

function modelOf(key: string, loaded: LoadedModel | undefined): KeptModel | undefined {
  const known = models.get(key) ?? (loaded && load(loaded));
  if (known === undefined) return undefined;
  models.delete(key);
  models.set(key, known);
  for (const [oldest, model] of models) {
    if (models.size <= KEPT_MODELS) break;
    models.delete(oldest);
    model.dispose();
  }
  return known;
}

function load({ version, forward, parameters }: LoadedModel): KeptModel {
  const predictor = new Predictor(forward, parameters);
  return {
    version,
    outputs: elementCount(forward.plan.outputShape),
    predict: (x) => predictor.predict(x),
    dispose: () => {
      predictor.dispose();
    },
  };
}

function answer(task: PredictTask): PredictAnswer {
  applyNativeEnvironment();
  if (task.type === 'savedModel') {
    const { version, forward, parameters } = task.model;
    return { type: 'files', files: exportSavedModel(forward, version.features.dtype, parameters) };
  }
  const { key, questions, model } = task;
  const known = modelOf(key, model);
  if (known === undefined) return moved({ type: 'unknownModel', questions }, memoryOf(questions));
  const answers = answerQuestions(questions, known);
  return moved({ type: 'answers', answers }, memoryOf(answers));
}

export default function run(task: PredictTask): PredictAnswer {
  try {
    return answer(task);
  } catch (error) {
    return threadFailure(error, 'NATIVE_FAILED');
  }
}
