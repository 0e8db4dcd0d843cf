/** What goes to a thread that predicts, and what it answers. */
import type { ErrorCode } from '@lockstep/core';
import type { ForwardModel, ModelFile } from '@lockstep/engine';

export interface LoadedModel {
  readonly forward: ForwardModel;
  readonly parameters: Float32Array;
}

export type PredictTask =
  | {
      readonly type: 'predict';
      /** Of the model, for the thread's memory. */
      readonly key: string;
      /** samples x features, not scaled */
      readonly x: Float32Array;
      /** Sent along once the thread has said that it does not know the model. */
      readonly model?: LoadedModel;
    }
  | { readonly type: 'savedModel'; readonly model: LoadedModel; readonly dtype: 'uint8' | 'float32' };

export type PredictAnswer =
  | { readonly type: 'outputs'; readonly outputs: Float32Array }
  | { readonly type: 'unknownModel' }
  | { readonly type: 'files'; readonly files: readonly ModelFile[] }
  | { readonly type: 'failed'; readonly code: ErrorCode; readonly message: string; readonly hint: string | undefined };
