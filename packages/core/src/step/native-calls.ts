/** From a range of slices to native calls: which graph computes which node of the reduction tree. */
import { canonicalNode, nodeRange, nodesOfRange, type SliceRange, type TreeNode } from './reduction-tree.js';

export interface MinibatchShape {
  /** Samples in the minibatch. */
  readonly samples: number;
  readonly sliceSize: number;
}

/** One native call: `copies` slices of `samples` samples each, which are exactly `node`. */
export interface NativeCall {
  readonly node: TreeNode;
  readonly firstSlice: number;
  readonly samples: number;
  readonly copies: number;
  /** Rows of the minibatch: the call's first sample and the one after its last. */
  readonly firstRow: number;
  readonly endRow: number;
}

export function sliceCount({ samples, sliceSize }: MinibatchShape): number {
  return Math.ceil(samples / sliceSize);
}

/**
 * Cuts a range into calls of whole nodes, at least one a thread where there are enough slices. The short last slice of
 * a minibatch has a graph of its own.
 * @param maxCopies slices in a call at most, a power of two
 */
export function planCalls(
  minibatch: MinibatchShape,
  range: SliceRange,
  threads: number,
  maxCopies: number,
): NativeCall[] {
  const count = sliceCount(minibatch);
  const share = (range.end - range.first) / threads;
  let maxLevel = 0;
  while (2 ** (maxLevel + 1) <= Math.min(share, maxCopies)) maxLevel += 1;
  const full = Math.floor(minibatch.samples / minibatch.sliceSize);
  return nodesOfRange(range, count, maxLevel)
    .flatMap((node) => splitAtTail(node, count, full))
    .map((node) => callOf(node, minibatch, count));
}

/** A node that is cut short by the end of the tree, or holds the short last slice among others, is not one call. */
function splitAtTail(node: TreeNode, count: number, full: number): TreeNode[] {
  const { first, end } = nodeRange(node, count);
  const slices = end - first;
  if (slices === 1 || (slices === 2 ** node.level && end <= full)) return [node];
  const left = { level: node.level - 1, index: node.index * 2 };
  const right = { level: node.level - 1, index: node.index * 2 + 1 };
  return [left, right]
    .map((child) => canonicalNode(child, count))
    .filter((child) => child !== undefined)
    .flatMap((child) => splitAtTail(child, count, full));
}

function callOf(node: TreeNode, { samples, sliceSize }: MinibatchShape, count: number): NativeCall {
  const { first, end } = nodeRange(node, count);
  const firstRow = first * sliceSize;
  const endRow = Math.min(end * sliceSize, samples);
  const copies = end - first;
  return { node, firstSlice: first, samples: (endRow - firstRow) / copies, copies, firstRow, endRow };
}
