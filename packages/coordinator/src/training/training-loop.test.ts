import {
  firstPosition,
  LockstepError,
  trainingPositionSchema,
  type EpochMetrics,
  type JobPlan,
  type SliceSums,
} from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import type { RoundRequest } from './round-runner.js';
import { smallPlan } from '../testing/small-job.js';
import { TrainingLoop, type TrainingResult, type TrainingStart } from './training-loop.js';

/** What is left when a job is broken off. */
interface Remains {
  readonly start: TrainingStart;
  readonly weight: number;
}

interface Run {
  readonly epochs: EpochMetrics[];
  readonly rates: number[];
  readonly rounds: string[];
  readonly end: TrainingResult | Remains;
}

/** A model of one weight, which training pulls towards 0.5, past it, and back. */
class FakeSteps {
  weight: number;
  #evaluated: number | undefined;
  readonly rounds: string[] = [];
  readonly #endAfter: number;

  constructor(weight: number, endAfter: number) {
    this.weight = weight;
    this.#endAfter = endAfter;
  }

  run({ kind, split, step, samples }: RoundRequest, read: (sums: SliceSums) => void): Promise<void> {
    if (this.rounds.length === this.#endAfter) throw new LockstepError('CANCELLED', 'it is broken off here');
    this.rounds.push(`${kind} ${split} ${String(step)}`);
    const weight = (kind === 'evaluate' ? this.#evaluated : undefined) ?? this.weight;
    const pull = samples.reduce((sum, sample) => sum + weight - 0.5 + (sample % 3) / 100, 0);
    const losses = [(weight - 0.5) ** 2 * samples.length, samples.length];
    const values = Float32Array.from(kind === 'train' ? [pull, ...losses] : losses);
    const counts = Float64Array.from(kind === 'train' ? [samples.length - 1] : [2, 0, 0, 0, 1, 0, 1, 0, 1]);
    read({ values, counts });
    return Promise.resolve();
  }

  apply({ values }: SliceSums, learningRate: number): number {
    this.weight -= (learningRate * (values[0] as number)) / (values[2] as number);
    return Math.abs(values[0] as number);
  }

  parameters(): Float32Array {
    return Float32Array.of(this.weight);
  }

  evaluateWith(parameters: Float32Array): number {
    this.#evaluated = parameters[0];
    return 1000;
  }
}

/** @param remains whether what is left at the end is asked for, rather than the result */
async function run(plan: JobPlan, from?: Remains, endAfter = Number.POSITIVE_INFINITY, remains = false): Promise<Run> {
  const steps = new FakeSteps(from?.weight ?? 4, endAfter);
  const epochs: EpochMetrics[] = [];
  const rates: number[] = [];
  const loop = new TrainingLoop(plan, from?.start ?? { position: firstPosition(), best: undefined }, steps, {
    stepped: (_position, { learningRate }) => rates.push(learningRate),
    epochEnded: (metrics) => epochs.push(metrics),
  });
  const { rounds } = steps;
  try {
    const result = await loop.run();
    const left = { start: readBack(loop.state), weight: steps.weight };
    return { epochs, rates, rounds, end: remains ? left : result };
  } catch {
    return { epochs, rates, rounds, end: { start: readBack(loop.state), weight: steps.weight } };
  }
}

/** As it would be read from a file. */
function readBack({ position, best }: TrainingStart): TrainingStart {
  return { position: trainingPositionSchema.parse(JSON.parse(JSON.stringify(position))), best };
}

function isOver(end: Run['end']): end is TrainingResult {
  return 'parameters' in end;
}

/** Without the times, which differ. */
function numbersOf({ end }: Run): unknown {
  if (!isOver(end)) return 'not over';
  const { position, ...result } = end;
  const history = position.history.map(({ epoch, steps, train, validation }) => ({ epoch, steps, train, validation }));
  return { ...result, history, stopped: position.stopped, step: position.step };
}

const rate = { optimizer: { type: 'sgd', learningRate: 0.4 } };
const adaptive = {
  ...rate,
  epochs: 20,
  schedule: { type: 'plateau', patience: 1, minDelta: 0.01, warmupSteps: 6 },
  earlyStopping: { patience: 3, minDelta: 0.001 },
};

describe('training', () => {
  it.each([
    ['epochs', { ...rate, epochs: 3 }],
    ['steps that end in the middle of an epoch', { ...rate, steps: 10 }],
    ['a cosine schedule', { ...rate, epochs: 3, schedule: { type: 'cosine', warmupSteps: 3 } }],
    ['a plateau, early stopping and the best weights', adaptive],
  ])('ends with the same numbers wherever it was broken off: %s', async (_name, training) => {
    const plan = smallPlan(training);
    const whole = await run(plan);
    expect(isOver(whole.end)).toBe(true);
    for (let at = 0; at < whole.rounds.length; at++) {
      const first = await run(plan, undefined, at);
      const rest = await run(plan, first.end as Remains);
      expect(numbersOf(rest)).toEqual(numbersOf(whole));
      expect([...first.rates, ...rest.rates]).toEqual(whole.rates);
    }
  });

  it.each([
    ['whole epochs', { epochs: 2 }, { epochs: 5 }],
    ['steps that end in the middle of an epoch', { steps: 6 }, { steps: 15 }],
    ['steps, to epochs', { steps: 6 }, { epochs: 3 }],
  ])('goes on where a shorter job ended, to the numbers of one long run: %s', async (_name, short, long) => {
    const watching = { ...rate, schedule: adaptive.schedule, earlyStopping: { patience: 10 } };
    const first = await run(smallPlan({ ...watching, ...short }), undefined, undefined, true);
    const rest = await run(smallPlan({ ...watching, ...long }), first.end as Remains);
    expect(numbersOf(rest)).toEqual(numbersOf(await run(smallPlan({ ...watching, ...long }))));
  });

  it('goes by the rates of its schedule', async () => {
    const { rates } = await run(smallPlan({ ...rate, epochs: 2, schedule: { type: 'step', every: 1, factor: 0.5 } }));
    expect(rates).toEqual([0.4, 0.4, 0.4, 0.4, 0.2, 0.2, 0.2, 0.2]);
  });

  it('ends early when it gets no better, with the weights of the best epoch and their metrics', async () => {
    const { end, epochs, rounds } = await run(smallPlan(adaptive));
    const result = end as TrainingResult;
    expect(epochs.length).toBeLessThan(20);
    expect(result.restoredEpoch).toBe(epochs.length - 3);
    expect(result.validation).toEqual(epochs[epochs.length - 4]?.validation);
    expect(rounds.slice(-2)).toEqual(['evaluate train 1000', 'evaluate test 1000']);
  });

  it('keeps the last weights where the best are not asked for', async () => {
    const earlyStopping = { ...adaptive.earlyStopping, restoreBestWeights: false };
    const { end } = await run(smallPlan({ ...adaptive, earlyStopping }));
    expect((end as TrainingResult).restoredEpoch).toBeNull();
  });

  it('makes exactly the steps that are asked for', async () => {
    const { rates, epochs } = await run(smallPlan({ ...rate, steps: 6 }));
    expect(rates).toHaveLength(6);
    expect(epochs.map(({ steps }) => steps)).toEqual([4, 6]);
  });
});
