import { tensorsAtLastCall } from '@lockstep/engine';
import { afterAll, describe, expect, it } from 'vitest';
import { tf } from '../support/eager-reference.js';
import { planExample } from '../support/examples.js';
import { madeUpSamples, madeUpWeights } from '../support/made-up-job.js';
import { RecordedJob } from '../support/recorded-job.js';

const RUNS = 200;

/** Tensors that the addon holds in this process. */
function nativeTensors(): number {
  return (tf.backend() as unknown as { binding: { getNumOfTensors(): number } }).binding.getNumOfTensors();
}

/** The first run loads the graph, so it does not count. */
function growth(run: () => void): number {
  run();
  const before = nativeTensors();
  for (let index = 0; index < RUNS; index++) run();
  return nativeTensors() - before;
}

describe(`Over ${String(RUNS)} runs no native tensor is left behind`, () => {
  const plan = planExample('mnist-mlp', { batchSize: 64, sliceSize: 8 });
  const before = nativeTensors();
  const job = new RecordedJob(plan);
  const afterRecording = nativeTensors();
  const weights = madeUpWeights(plan);
  afterAll(() => {
    job.dispose();
  });

  it('by recording.', () => {
    expect(afterRecording - before).toBe(0);
  });

  it.each([1, 8])('by a slice runner with %d slices a call.', (copies) => {
    const samples = madeUpSamples(plan, 8 * copies);
    expect(growth(() => job.run('train', weights, samples, copies))).toBe(0);
    expect(growth(() => job.run('evaluate', weights, samples, copies))).toBe(0);
  });

  it('by a runner that is given a native tensor, nor by one that is given too few samples.', () => {
    const samples = madeUpSamples(plan, 8);
    const shape = { kind: 'train', samples: 8, copies: 1 } as const;
    const call = { ...samples, seeds: new Int32Array(2) };
    const wrong = { ...call, x: new Uint8Array(3), parameters: weights };
    expect(
      growth(() => {
        const parameters = job.runner.parameterHandle(weights);
        job.runner.run(shape, { ...call, parameters });
        parameters.dispose();
        expect(() => job.runner.run(shape, wrong)).toThrow(expect.objectContaining({ code: 'NATIVE_FAILED' }));
      }),
    ).toBe(0);
  });

  it('unseen by the count that is told after each call.', () => {
    const samples = madeUpSamples(plan, 8);
    const run = () => job.run('train', weights, samples, 1);
    run();
    // Parameters, samples, labels and seeds; values and counts.
    const before = tensorsAtLastCall();
    expect(before.tensors).toBe(6);
    expect(before.bytes).toBeGreaterThan(2 * weights.byteLength + samples.x.byteLength);
    run();
    expect(tensorsAtLastCall()).toEqual(before);
    const kept = job.runner.parameterHandle(weights);
    run();
    expect(tensorsAtLastCall()).toEqual({ tensors: 7, bytes: before.bytes + weights.byteLength });
    kept.dispose();
    run();
    expect(tensorsAtLastCall()).toEqual(before);
  });

  it('by a parameter server, whether it takes a minibatch or refuses it.', () => {
    const state = job.parameterState(weights);
    const sums = new Float32Array(plan.model.parameters + 2).fill(1);
    const broken = sums.with(0, NaN);
    expect(
      growth(() => {
        state.apply(sums, 0.001);
        state.readParameters();
        expect(() => state.apply(broken, 0.001)).toThrow(expect.objectContaining({ code: 'LOSS_NOT_FINITE' }));
      }),
    ).toBe(0);
    state.dispose();
  });

  it('by a parameter server that is disposed of.', () => {
    expect(
      nativeTensorsAround(() => {
        job.parameterState(weights).dispose();
      }),
    ).toBe(0);
  });
});

function nativeTensorsAround(run: () => void): number {
  const before = nativeTensors();
  run();
  return nativeTensors() - before;
}
