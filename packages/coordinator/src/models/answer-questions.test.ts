import type { ModelVersion } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { answerQuestions, type AnsweringModel } from './answer-questions.js';
import type { Answer, Question } from './predict-messages.js';

const version = {
  ...{ name: 'toy', version: 3, classNames: ['no', 'yes'] },
  features: { shape: [2], dtype: 'float32', columns: null, names: null },
  output: { kind: 'scores', activation: 'none' },
} as unknown as ModelVersion;

/** What each call was asked. */
let calls: number[][] = [];
/** Its outputs are its features. */
const model: AnsweringModel = {
  ...{ version, outputs: 2 },
  predict: (x) => {
    calls.push([...x]);
    return x.slice();
  },
};

const request = (text: string): Question => ({ type: 'request', body: new TextEncoder().encode(text) });
const rows = (...x: number[]): Question => ({ type: 'rows', x: Float32Array.from(x) });

function ask(...questions: Question[]): readonly Answer[] {
  calls = [];
  return answerQuestions(questions, model);
}

function responseOf(answer: Answer | undefined): unknown {
  if (answer?.type !== 'response') return answer;
  return JSON.parse(new TextDecoder().decode(answer.body)) as unknown;
}

describe('questions that are answered together', () => {
  it('go through the model in one call, and each gets what it would get alone', () => {
    const questions = [request('{"instances":[[1,2],[4,3]]}'), rows(5, 6), request('{"instances":[[7,8]]}')];
    const together = ask(...questions);
    expect(calls).toEqual([[1, 2, 4, 3, 5, 6, 7, 8]]);
    expect(together).toEqual(questions.flatMap((question) => ask(question)));
    expect(together[1]).toEqual({ type: 'outputs', outputs: Float32Array.from([5, 6]) });
    expect(responseOf(together[0])).toEqual({
      predictions: [
        { class: 'yes', values: [1, 2] },
        { class: 'no', values: [4, 3] },
      ],
      model: { name: 'toy', version: 3 },
    });
  });

  it('are refused one by one, with all faults', () => {
    const [first, second, third] = ask(request('{"instances":[[1]]}'), request('nothing'), rows(1, 2));
    expect(first).toMatchObject({ type: 'failed', code: 'INVALID_INSTANCES', faults: [{ path: 'instances[0]' }] });
    expect(second).toMatchObject({ type: 'failed', code: 'INVALID_OPTION' });
    expect(third).toMatchObject({ type: 'outputs' });
    expect(calls).toEqual([[1, 2]]);
  });
});

it('refuses what would be answered with more values than a response holds, before the model works on it', () => {
  const wide: AnsweringModel = { ...model, outputs: 6_000_000 };
  calls = [];
  const [answer] = answerQuestions([request('{"instances":[[1,2],[3,4]]}')], wide);
  expect(answer).toMatchObject({ type: 'failed', code: 'PAYLOAD_TOO_LARGE' });
  expect(calls.flat()).toEqual([]);
});
