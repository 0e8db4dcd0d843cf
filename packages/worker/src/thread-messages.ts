/** What the worker's main thread and its piscina threads say to each other. */
import type { SliceGraphShape, SliceRunnerOptions, TensorCount } from '@lockstep/engine';

/** What a thread needs to know of a job; read once from `file`. */
export interface ThreadJob extends Omit<SliceRunnerOptions, 'graphs'> {
  /** Files of graphs by their shapes' keys. */
  readonly graphFiles: Readonly<Record<string, string>>;
}

export type ThreadTask =
  | { readonly type: 'canary'; readonly file: string }
  | {
      readonly type: 'compute';
      /** Holds the ThreadJob; its path names the job. */
      readonly file: string;
      readonly shape: SliceGraphShape;
      /** The flat vector, shared with the main thread. */
      readonly parameters: Float32Array;
      readonly x: Uint8Array | Float32Array;
      readonly y: Int32Array | Float32Array;
      readonly seeds: Int32Array;
      /** Shared memory that gets the values. */
      readonly values: Float32Array;
    };

export type ThreadAnswer =
  | { readonly type: 'canary'; readonly hash: string; readonly cpuClass: string }
  | {
      readonly type: 'computed';
      readonly counts: Int32Array;
      readonly microseconds: number;
      /** Node's number of the thread, and what native tensors it had at the end of the call. */
      readonly thread: number;
      readonly native: TensorCount;
    }
  /** An error keeps its code only as data: piscina clones messages, and a clone is no LockstepError any more. */
  | { readonly type: 'failed'; readonly code: string; readonly message: string };
