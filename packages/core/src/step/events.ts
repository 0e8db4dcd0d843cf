/** What goes into the step machine and what comes out of it. Times are milliseconds of a monotonic clock. */
import type { AssignedRange } from './assignment.js';
import type { SliceRange, TreeNode } from './reduction-tree.js';

export type RoundKind = 'train' | 'evaluate';

export type LossReason = 'heartbeat' | 'left' | 'failed' | 'drained';

export type StepEvent =
  /** A worker holds the job's graphs and data and has passed the canary. */
  | { readonly type: 'worker-ready'; readonly now: number; readonly worker: string; readonly threads: number }
  | { readonly type: 'worker-lost'; readonly now: number; readonly worker: string; readonly reason: LossReason }
  /** The next minibatch may be handed out. */
  | {
      readonly type: 'start';
      readonly now: number;
      readonly round: number;
      readonly kind: RoundKind;
      readonly sliceCount: number;
    }
  /** All chunks of a node are here and valid. */
  | {
      readonly type: 'part';
      readonly now: number;
      readonly worker: string;
      readonly term: number;
      readonly round: number;
      readonly node: TreeNode;
    }
  | { readonly type: 'tick'; readonly now: number };

export type RejectReason = 'stale-term' | 'stale-round' | 'future-round' | 'unknown-worker' | 'outside' | 'covered';

export type StepEffect =
  /** Tell the workers to compute these ranges. `reissued` slices had been given out before. */
  | {
      readonly type: 'begin';
      readonly round: number;
      readonly ranges: readonly AssignedRange[];
      readonly reissue: 'none' | 'lost' | 'late';
    }
  | { readonly type: 'accept'; readonly worker: string; readonly node: TreeNode }
  | { readonly type: 'reject'; readonly worker: string; readonly node: TreeNode; readonly reason: RejectReason }
  /** Every slice is in: the minibatch may be committed. */
  | { readonly type: 'complete'; readonly round: number }
  /** Nothing can go on; the sentence says what is waited for. */
  | { readonly type: 'waiting'; readonly sentence: string };

export interface OutstandingRange extends SliceRange {
  readonly worker: string;
  /** When it was given out, or was late the last time. */
  readonly since: number;
  /** It was late before. */
  readonly overdue: boolean;
}
