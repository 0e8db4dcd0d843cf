/**
 * Builds the graph that a worker runs in one native call: `copies` copies of one recorded slice, and the lower levels
 * of the reduction tree over them. The sums have the bits that adding the slices one by one in the same tree has.
 */
import {
  constant,
  DATA_TYPES,
  int32Constant,
  placeholder,
  type AttributeValue,
  type DataTypeName,
  type Graph,
  type GraphNode,
} from './nodes.js';

/**
 * How the samples' features reach the graph: raw, scaled inside it as (x - offset) * scale in float32. A list has one
 * number for each element of the last axis.
 */
export interface FeatureScaling {
  readonly dtype: 'uint8' | 'float32';
  readonly offset: number | readonly number[];
  readonly scale: number | readonly number[];
}

const T_FLOAT: AttributeValue = { kind: 'type', value: DATA_TYPES.float32 };
const T_INT: AttributeValue = { kind: 'type', value: DATA_TYPES.int32 };

function float32Constant(name: string, value: number | readonly number[]): GraphNode {
  const [shape, values] = typeof value === 'number' ? [[], [value]] : [[value.length], value];
  return constant(name, DATA_TYPES.float32, shape, new Uint8Array(new Float32Array(values).buffer));
}

/** Nodes that depend on the parameters alone: the copies share them. */
function sharedNames(slice: Graph): Set<string> {
  const perCopy = new Set(['x', 'y', 'seed']);
  const shared = new Set<string>();
  for (const node of slice.nodes) {
    const own = perCopy.has(node.name) || node.inputs.some((input) => !shared.has(producer(input)));
    if (!own) shared.add(node.name);
  }
  return shared;
}

function producer(reference: string): string {
  return reference.replace(/^\^/, '').replace(/:\d+$/, '');
}

/** `reference` as the copy with this prefix sees it. */
function rename(reference: string, prefix: string, shared: ReadonlySet<string>): string {
  return shared.has(producer(reference)) ? reference : `${prefix}${reference}`;
}

/** Cuts copy `index`'s rows out of a stacked input. `after` makes the copies run one after the other. */
function cut(
  input: string,
  prefix: string,
  begin: number,
  shape: readonly number[],
  dtype: AttributeValue,
  after: string | undefined,
): GraphNode[] {
  const name = `${prefix}cut_${input}`;
  const begins = shape.map((_, axis) => (axis === 0 ? begin : 0));
  return [
    int32Constant(`${name}/begin`, [shape.length], begins),
    int32Constant(`${name}/size`, [shape.length], shape),
    {
      name,
      op: 'Slice',
      inputs: [input, `${name}/begin`, `${name}/size`, ...(after === undefined ? [] : [`^${after}`])],
      attributes: { T: dtype, Index: T_INT },
    },
  ];
}

function scaleFeatures(prefix: string, scaling: FeatureScaling): GraphNode[] {
  const source = `${prefix}cut_x`;
  const cast: GraphNode[] =
    scaling.dtype === 'float32'
      ? []
      : [
          {
            name: `${prefix}cast_x`,
            op: 'Cast',
            inputs: [source],
            attributes: { SrcT: { kind: 'type', value: DATA_TYPES[scaling.dtype] }, DstT: T_FLOAT },
          },
        ];
  const plain = cast[0]?.name ?? source;
  return [
    ...cast,
    { name: `${prefix}centred_x`, op: 'Sub', inputs: [plain, 'feature_offset'], attributes: { T: T_FLOAT } },
    { name: `${prefix}x`, op: 'Mul', inputs: [`${prefix}centred_x`, 'feature_scale'], attributes: { T: T_FLOAT } },
  ];
}

interface Sums {
  readonly values: string;
  readonly counts: string;
}

function add(name: string, left: string, right: string, dtype: AttributeValue): GraphNode {
  return { name, op: 'AddV2', inputs: [left, right], attributes: { T: dtype } };
}

/**
 * The tree over the copies' sums. TensorFlow's optimiser rewrites a larger tree of additions to one AddN, which adds in
 * another order and gives other bits; an inner sum that something else reads too is left alone, so one element of each
 * goes into the output `witness`.
 */
function tree(copies: readonly Sums[], nodes: GraphNode[]): { root: Sums; inner: string[] } {
  const inner: string[] = [];
  let level = [...copies];
  for (let depth = 1; level.length > 1; depth++) {
    const next: Sums[] = [];
    for (let index = 0; index * 2 < level.length; index++) {
      const left = level[index * 2] as Sums;
      const right = level[index * 2 + 1];
      if (right === undefined) {
        next.push(left);
        continue;
      }
      const name = `sum_${String(depth)}_${String(index)}`;
      nodes.push(add(name, left.values, right.values, T_FLOAT));
      nodes.push(add(`${name}/counts`, left.counts, right.counts, T_INT));
      inner.push(name);
      next.push({ values: name, counts: `${name}/counts` });
    }
    level = next;
  }
  return { root: level[0] as Sums, inner };
}

function witness(inner: readonly string[], nodes: GraphNode[]): string {
  nodes.push(int32Constant('witness/begin', [1], [0]), int32Constant('witness/size', [1], [1]));
  const elements = inner.map((name) => {
    const element = `${name}/element`;
    nodes.push({
      name: element,
      op: 'Slice',
      inputs: [name, 'witness/begin', 'witness/size'],
      attributes: { T: T_FLOAT, Index: T_INT },
    });
    return element;
  });
  nodes.push(int32Constant('witness/axis', [], [0]));
  nodes.push({
    name: 'witness',
    op: 'ConcatV2',
    inputs: [...elements, 'witness/axis'],
    attributes: { N: { kind: 'int', value: elements.length }, T: T_FLOAT, Tidx: T_INT },
  });
  return 'witness';
}

function copyNodes(slice: Graph, prefix: string, shared: ReadonlySet<string>): GraphNode[] {
  return slice.nodes
    .filter((node) => !shared.has(node.name) && node.op !== 'Placeholder')
    .map((node) => ({
      ...node,
      name: `${prefix}${node.name}`,
      inputs: node.inputs.map((input) => rename(input, prefix, shared)),
    }));
}

/** int32 for class numbers, float32 for values. */
function labelType(slice: Graph): DataTypeName {
  return slice.inputs.y?.dtype ?? 'int32';
}

/** Whether anything in the slice reads that input. */
function reads(slice: Graph, input: string): boolean {
  return slice.nodes.some((node) => node.inputs.includes(input));
}

/**
 * Adds the nodes of one copy of the slice.
 * @param after what it waits for
 * @returns the copy's sums
 */
function addCopy(
  slice: Graph,
  copy: number,
  scaling: FeatureScaling,
  shared: ReadonlySet<string>,
  after: string | undefined,
  nodes: GraphNode[],
): Sums {
  const prefix = `slice_${String(copy)}/`;
  const [xShape, yShape] = [slice.inputs.x?.shape ?? [], slice.inputs.y?.shape ?? []];
  const first = copy * (xShape[0] as number);
  const raw: AttributeValue = { kind: 'type', value: DATA_TYPES[scaling.dtype] };
  const labels: AttributeValue = { kind: 'type', value: DATA_TYPES[labelType(slice)] };
  nodes.push(...cut('x', prefix, first, xShape, raw, after), ...scaleFeatures(prefix, scaling));
  nodes.push(...renamed(cut('y', prefix, first, yShape, labels, after), `${prefix}cut_y`, `${prefix}y`));
  if (reads(slice, 'seed')) {
    nodes.push(...renamed(cut('seeds', prefix, copy * 2, [2], T_INT, after), `${prefix}cut_seeds`, `${prefix}seed`));
  }
  nodes.push(...copyNodes(slice, prefix, shared));
  return {
    values: rename(slice.outputs.values?.reference ?? '', prefix, shared),
    counts: rename(slice.outputs.counts?.reference ?? '', prefix, shared),
  };
}

/**
 * @param slice recorded with inputs `parameters`, `x` (S x features, float32), `y` (S int32, or S x targets float32),
 *   `seed` (2, int32) and outputs `values` (float32 vector) and `counts` (int32 vector)
 * @returns a graph with inputs `parameters`, `x` (copies*S x features, raw), `y` (copies*S), `seeds` (2*copies) and
 *   outputs `values` and `counts`, summed over the copies, and `witness` where hasWitness says so
 */
export function composeSlices(slice: Graph, copies: number, scaling: FeatureScaling): Graph {
  const shared = sharedNames(slice);
  const [xShape, yShape] = [slice.inputs.x?.shape ?? [], slice.inputs.y?.shape ?? []];
  const size = xShape[0] as number;
  const stacked = (shape: readonly number[]) => [size * copies, ...shape.slice(1)];
  const nodes: GraphNode[] = [
    placeholder('x', scaling.dtype, stacked(xShape)),
    placeholder('y', labelType(slice), stacked(yShape)),
    placeholder('seeds', 'int32', [2 * copies]),
    float32Constant('feature_offset', scaling.offset),
    float32Constant('feature_scale', scaling.scale),
    ...slice.nodes.filter((node) => shared.has(node.name)),
  ];
  const sums: Sums[] = [];
  for (let copy = 0; copy < copies; copy++) {
    sums.push(addCopy(slice, copy, scaling, shared, sums.at(-1)?.values, nodes));
  }
  const { root, inner } = tree(sums, nodes);
  nodes.push(named('values', root.values, T_FLOAT), named('counts', root.counts, T_INT));
  const outputs = {
    values: { reference: 'values', dtype: 'float32', shape: slice.outputs.values?.shape ?? [] },
    counts: { reference: 'counts', dtype: 'int32', shape: slice.outputs.counts?.shape ?? [] },
  } as const;
  const inputs = {
    parameters: { reference: 'parameters', dtype: 'float32', shape: slice.inputs.parameters?.shape ?? [] },
    x: { reference: 'x', dtype: scaling.dtype, shape: stacked(xShape) },
    y: { reference: 'y', dtype: labelType(slice), shape: stacked(yShape) },
    seeds: { reference: 'seeds', dtype: 'int32', shape: [2 * copies] },
  } as const;
  if (!hasWitness(copies)) return { nodes, inputs, outputs };
  const reference = witness(inner, nodes);
  return { nodes, inputs, outputs: { ...outputs, witness: { reference, dtype: 'float32', shape: [inner.length] } } };
}

/** Up to two copies there is one addition, which nothing can reorder. */
export function hasWitness(copies: number): boolean {
  return copies > 2;
}

/** Gives an output the name that every graph has it under. */
function named(name: string, reference: string, dtype: AttributeValue): GraphNode {
  return { name, op: 'Identity', inputs: [reference], attributes: { T: dtype } };
}

function renamed(nodes: GraphNode[], from: string, to: string): GraphNode[] {
  return nodes.map((node) => (node.name === from ? { ...node, name: to } : node));
}
