/**
 * The fixed binary tree in which slices are summed. Node (level, index) covers slices index * 2^level up to
 * (index + 1) * 2^level; its value is left + right in float32, or left where right is empty. The tree depends on the
 * number of slices alone, so the sum has the same bits however the slices are spread over workers and threads.
 */

export interface TreeNode {
  readonly level: number;
  readonly index: number;
}

/** Slices `first` (inclusive) to `end` (exclusive). */
export interface SliceRange {
  readonly first: number;
  readonly end: number;
}

/** The slices of a node in a tree over `sliceCount` slices; empty (end <= first) when it lies outside. */
export function nodeRange(node: TreeNode, sliceCount: number): SliceRange {
  const size = 2 ** node.level;
  const first = node.index * size;
  return { first, end: Math.min(first + size, sliceCount) };
}

/**
 * The one name of a node: where right halves are empty a node equals its left child, and the lowest such is meant.
 * @returns undefined when the node lies outside the tree
 */
export function canonicalNode(node: TreeNode, sliceCount: number): TreeNode | undefined {
  let { level, index } = node;
  if (index * 2 ** level >= sliceCount) return undefined;
  while (level > 0 && (index * 2 + 1) * 2 ** (level - 1) >= sliceCount) {
    level -= 1;
    index *= 2;
  }
  return { level, index };
}

export function rootNode(sliceCount: number): TreeNode {
  let level = 0;
  while (2 ** level < sliceCount) level += 1;
  return canonicalNode({ level, index: 0 }, sliceCount) ?? { level: 0, index: 0 };
}

/** The fewest whole nodes that cover a range, from left to right, none higher than `maxLevel`. */
export function nodesOfRange(range: SliceRange, sliceCount: number, maxLevel = 31): TreeNode[] {
  const nodes: TreeNode[] = [];
  let first = range.first;
  const end = Math.min(range.end, sliceCount);
  while (first < end) {
    let level = 0;
    while (level < maxLevel && first % 2 ** (level + 1) === 0) {
      if (Math.min(first + 2 ** (level + 1), sliceCount) > end) break;
      level += 1;
    }
    const node = canonicalNode({ level, index: first / 2 ** level }, sliceCount);
    if (node === undefined) break;
    nodes.push(node);
    first = nodeRange({ level, index: first / 2 ** level }, sliceCount).end;
  }
  return nodes;
}

export function nodeKey(node: TreeNode): string {
  return `${String(node.level)}/${String(node.index)}`;
}

/** Adds `source` to `target` in place. */
export type Add<V> = (target: V, source: V) => void;

/**
 * Sums whole nodes up the tree as they come, in any order; the caller makes sure that no slice comes twice.
 * @typeParam V a value that `add` changes in place; a value handed in belongs to the tree from then on
 */
export class TreeSum<V> {
  readonly #sliceCount: number;
  readonly #add: Add<V>;
  readonly #release: (value: V) => void;
  readonly #waiting = new Map<string, { node: TreeNode; value: V }>();

  /** @param release gets each value that was added to another and is free again */
  constructor(sliceCount: number, add: Add<V>, release: (value: V) => void = () => undefined) {
    this.#sliceCount = sliceCount;
    this.#add = add;
    this.#release = release;
  }

  /** The sum over all slices, once they are all in. */
  get root(): V | undefined {
    return this.#waiting.get(nodeKey(rootNode(this.#sliceCount)))?.value;
  }

  /** The highest sums so far, from left to right: what a worker sends of its range. */
  nodes(): { node: TreeNode; value: V }[] {
    const first = (node: TreeNode) => nodeRange(node, this.#sliceCount).first;
    return [...this.#waiting.values()].sort((a, b) => first(a.node) - first(b.node));
  }

  insert(node: TreeNode, value: V): void {
    let { level, index } = node;
    let sum = value;
    const top = this.#topLevel();
    while (level < top) {
      const siblingName = canonicalNode({ level, index: index % 2 === 0 ? index + 1 : index - 1 }, this.#sliceCount);
      if (siblingName !== undefined) {
        const key = nodeKey(siblingName);
        const sibling = this.#waiting.get(key);
        if (sibling === undefined) break;
        this.#waiting.delete(key);
        sum = index % 2 === 0 ? this.#merge(sum, sibling.value) : this.#merge(sibling.value, sum);
      }
      level += 1;
      index = Math.floor(index / 2);
    }
    const name = canonicalNode({ level, index }, this.#sliceCount) ?? node;
    this.#waiting.set(nodeKey(name), { node: name, value: sum });
  }

  #topLevel(): number {
    let level = 0;
    while (2 ** level < this.#sliceCount) level += 1;
    return level;
  }

  #merge(left: V, right: V): V {
    this.#add(left, right);
    this.#release(right);
    return left;
  }
}

/**
 * The one addition of gradient sums in JavaScript: float32, round to nearest even, denormals kept (the float64 sum of
 * two float32 numbers rounds to the same float32 as their exact sum does). TensorFlow's AddV2 in the calling thread
 * gives the same bits.
 */
export function addFloats(target: Float32Array, source: Float32Array): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] as number) + (source[i] as number);
}

/** Sums of one node: a float32 vector, and integer counts (exact up to 2^53). */
export interface SliceSums {
  readonly values: Float32Array;
  readonly counts: Float64Array;
}

export function addSums(target: SliceSums, source: SliceSums): void {
  addFloats(target.values, source.values);
  for (let i = 0; i < target.counts.length; i++) {
    target.counts[i] = (target.counts[i] as number) + (source.counts[i] as number);
  }
}
