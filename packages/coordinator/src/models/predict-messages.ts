/** What goes to a thread that predicts, and what it answers. */
import type { ModelVersion } from '@lockstep/core';
import type { ForwardModel, ModelFile } from '@lockstep/engine';
import type { ThreadFailure } from '../thread-failure.js';

export interface LoadedModel {
  readonly version: ModelVersion;
  readonly forward: ForwardModel;
  readonly parameters: Float32Array;
}

/** `rows`: samples x features, not scaled. `request`: the body of one to /predict. */
export type Question =
  { readonly type: 'rows'; readonly x: Float32Array } | { readonly type: 'request'; readonly body: Uint8Array };

/** `outputs`: samples x outputs. `response`: the body of the answer. */
export type Answer =
  | { readonly type: 'outputs'; readonly outputs: Float32Array }
  | { readonly type: 'response'; readonly body: Uint8Array }
  | ThreadFailure;

export type PredictTask =
  | {
      readonly type: 'predict';
      /** Of the model, for the thread's memory. */
      readonly key: string;
      readonly questions: readonly Question[];
      /** Sent along once the thread has said that it does not know the model. */
      readonly model?: LoadedModel;
    }
  | { readonly type: 'savedModel'; readonly model: LoadedModel };

export type PredictAnswer =
  /** Parallel to the questions. */
  | { readonly type: 'answers'; readonly answers: readonly Answer[] }
  /** With the questions, whose memory the thread was given. */
  | { readonly type: 'unknownModel'; readonly questions: readonly Question[] }
  | { readonly type: 'files'; readonly files: readonly ModelFile[] }
  | ThreadFailure;
