import { addFloats } from '@lockstep/core';
import type { Tensor } from '@tensorflow/tfjs-node';
import { describe, expect, it } from 'vitest';
import { native } from '../native/tensorflow.js';
import { recordGraph } from './recorder.js';
import { encodeSavedModel } from './saved-model.js';
import { GraphSession, type NativeHandle } from './session.js';

/** Runs a binary operation on two vectors as a graph. */
function runBinary(compute: (a: Tensor, b: Tensor) => Tensor, a: Float32Array, b: Float32Array) {
  const { tf } = native();
  const inputs = { a: tf.zeros([a.length]), b: tf.zeros([b.length]) };
  const graph = recordGraph(inputs, () => ({ result: compute(inputs.a, inputs.b) }));
  const session = new GraphSession(encodeSavedModel(graph), graph);
  const result = session.run({ a, b }).result as NativeHandle;
  const values = result.read() as Float32Array;
  result.dispose();
  session.dispose();
  return values;
}

const SPECIAL = [
  0,
  -0,
  1,
  -1,
  1e-40,
  -2e-40,
  1.4e-45,
  -1.4e-45,
  1.1754944e-38,
  3.4e38,
  -3.4e38,
  Infinity,
  -Infinity,
  NaN,
];

/** Every pair of special values: as long as needed for SIMD body and tail. */
const pairs = SPECIAL.flatMap((left) => SPECIAL.map((right) => [left, right] as const));
const left = Float32Array.from(pairs, ([value]) => value);
const right = Float32Array.from(pairs, ([, value]) => value);

function bits(values: Float32Array): Uint32Array {
  // Which of the many NaNs comes out is not specified.
  return new Uint32Array(values.map((value) => (Number.isNaN(value) ? NaN : value)).buffer);
}

describe('A graph in the calling thread', () => {
  it('keeps denormals, as JavaScript does.', () => {
    const sum = runBinary((a, b) => a.add(b), Float32Array.of(1e-40), Float32Array.of(2e-40));
    expect(sum).toEqual(Float32Array.of(Math.fround(1e-40) + Math.fround(2e-40)));
    expect(sum[0]).toBeGreaterThan(0);
  });

  it('adds with the bits of addFloats: zeros of both signs, denormals, infinities and NaN.', () => {
    const expected = left.slice();
    addFloats(expected, right);
    expect(bits(runBinary((a, b) => a.add(b), left, right))).toEqual(bits(expected));
  });

  it('multiplies and subtracts denormals with the bits of JavaScript.', () => {
    const products = runBinary((a, b) => a.mul(b), left, right);
    const differences = runBinary((a, b) => a.sub(b), left, right);
    expect(bits(products)).toEqual(bits(Float32Array.from(pairs, ([a, b]) => Math.fround(a) * Math.fround(b))));
    expect(bits(differences)).toEqual(bits(Float32Array.from(pairs, ([a, b]) => Math.fround(a) - Math.fround(b))));
  });
});

describe('A session', () => {
  it('refuses a run without one of its inputs.', () => {
    const { tf } = native();
    const inputs = { a: tf.zeros([1]), b: tf.zeros([1]) };
    const graph = recordGraph(inputs, () => ({ result: inputs.a.add(inputs.b) }));
    const session = new GraphSession(encodeSavedModel(graph), graph);
    expect(() => session.run({ a: new Float32Array(1) })).toThrow(/input b is missing/);
    session.dispose();
  });

  it('says what TensorFlow says where there is no graph.', () => {
    expect(() => new GraphSession(new TextEncoder().encode('no graph'), { inputs: {}, outputs: {} })).toThrow(
      expect.objectContaining({ code: 'NATIVE_FAILED', message: expect.stringContaining('loading a graph') as string }),
    );
  });
});
