/** Which slices of a minibatch are in. A node is taken only if none of its slices is: nothing twice, nothing lost. */
import { nodeRange, type SliceRange, type TreeNode } from './reduction-tree.js';

export class Coverage {
  readonly sliceCount: number;
  readonly #covered: Uint8Array;
  #count = 0;

  constructor(sliceCount: number) {
    this.sliceCount = sliceCount;
    this.#covered = new Uint8Array(sliceCount);
  }

  get complete(): boolean {
    return this.#count === this.sliceCount;
  }

  get missing(): number {
    return this.sliceCount - this.#count;
  }

  /** Whether the node lies in the tree and none of its slices is covered. */
  isFree(node: TreeNode): boolean {
    const { first, end } = nodeRange(node, this.sliceCount);
    if (end <= first) return false;
    for (let slice = first; slice < end; slice++) if (this.#covered[slice] === 1) return false;
    return true;
  }

  /** Covers the node's slices if it is free. */
  accept(node: TreeNode): boolean {
    if (!this.isFree(node)) return false;
    const { first, end } = nodeRange(node, this.sliceCount);
    this.#covered.fill(1, first, end);
    this.#count += end - first;
    return true;
  }

  /** The runs of slices inside `range` that are not covered. */
  uncovered(range: SliceRange): SliceRange[] {
    const runs: SliceRange[] = [];
    let first = -1;
    for (let slice = range.first; slice <= range.end; slice++) {
      const open = slice < range.end && this.#covered[slice] === 0;
      if (open && first < 0) first = slice;
      if (!open && first >= 0) {
        runs.push({ first, end: slice });
        first = -1;
      }
    }
    return runs;
  }
}
