/** A TensorFlow graph as plain data: what the recorder writes, replication copies, and saved-model.ts encodes. */

/** TensorFlow's DataType numbers, from tensorflow/core/framework/types.proto. */
export const DATA_TYPES = { float32: 1, int32: 3, uint8: 4, bool: 10 } as const;
export type DataTypeName = keyof typeof DATA_TYPES;

export type AttributeValue =
  | { readonly kind: 'type'; readonly value: number | readonly number[] }
  | { readonly kind: 'int'; readonly value: number | readonly number[] }
  | { readonly kind: 'float'; readonly value: number | readonly number[] }
  | { readonly kind: 'bool'; readonly value: boolean | readonly boolean[] }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'shape'; readonly value: readonly number[] }
  | {
      readonly kind: 'tensor';
      readonly dtype: number;
      readonly shape: readonly number[];
      readonly content: Uint8Array;
    };

export interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** `node`, `node:1` for a second output, `^node` for "after node". */
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** A named input or output of a whole graph. */
export interface GraphEndpoint {
  /** As in a node's inputs. */
  readonly reference: string;
  readonly dtype: DataTypeName;
  readonly shape: readonly number[];
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly inputs: Readonly<Record<string, GraphEndpoint>>;
  readonly outputs: Readonly<Record<string, GraphEndpoint>>;
}

export function placeholder(name: string, dtype: DataTypeName, shape: readonly number[]): GraphNode {
  return {
    name,
    op: 'Placeholder',
    inputs: [],
    attributes: {
      dtype: { kind: 'type', value: DATA_TYPES[dtype] },
      shape: { kind: 'shape', value: shape },
    },
  };
}

export function int32Constant(name: string, shape: readonly number[], values: readonly number[]): GraphNode {
  const content = new Uint8Array(new Int32Array(values).buffer);
  return constant(name, DATA_TYPES.int32, shape, content);
}

/** @param content little-endian values, row-major */
export function constant(name: string, dtype: number, shape: readonly number[], content: Uint8Array): GraphNode {
  return {
    name,
    op: 'Const',
    inputs: [],
    attributes: {
      dtype: { kind: 'type', value: dtype },
      value: { kind: 'tensor', dtype, shape, content },
    },
  };
}
