import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EpochMetrics } from '../report.js';
import { cosineOfHalfTurns } from './cosine.js';
import { learningRate, initSchedule, updateSchedule } from './learning-rate.js';
import {
  afterEpoch,
  afterStep,
  firstPosition,
  fitsRules,
  isTrained,
  stepsInEpoch,
  trainingPositionSchema,
  type TrainingPosition,
} from './position.js';
import type { TrainingRules } from './rules.js';

const constant = { type: 'constant', warmupSteps: 0 } as const;
const plateau: TrainingRules['schedule'] & { type: 'plateau' } = {
  ...({ type: 'plateau', monitor: 'validationLoss', warmupSteps: 0 } as const),
  ...{ factor: 0.5, patience: 2, minDelta: 0.01, minimum: 0.02 },
};
const stopping = { monitor: 'validationLoss', patience: 2, minDelta: 0, restoreBestWeights: true } as const;

const rulesOf = (changes: Partial<TrainingRules>): TrainingRules => ({
  ...{ steps: 40, stepsPerEpoch: 4, learningRate: 0.1, schedule: constant, earlyStopping: null },
  ...changes,
});

const epochOf = (epoch: number, loss: number, accuracy = 0.5): EpochMetrics => ({
  ...{ epoch, steps: epoch * 4, seconds: 1, samplesPerSecond: 1 },
  train: { samples: 4, loss },
  validation: { samples: 4, loss, accuracy },
});

/** The rates of all steps of a schedule that has no state. */
const rates = (rules: TrainingRules, steps: number): number[] =>
  Array.from({ length: steps }, (_, step) => learningRate(rules, initSchedule(), step));

const expectClose = (actual: readonly number[], expected: readonly number[]): void => {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, index) => expect(value).toBeCloseTo(expected[index] as number, 15));
};

describe('the cosine', () => {
  it('is that of Math within 1e-12, over the whole half turn', () => {
    const points = Array.from({ length: 10_001 }, (_, index) => index / 10_000);
    const worst = Math.max(...points.map((x) => Math.abs(cosineOfHalfTurns(x) - Math.cos(Math.PI * x))));
    expect(worst).toBeLessThan(1e-15);
  });

  it('is exact where it is a whole number', () => {
    expect([0, 0.5, 1].map(cosineOfHalfTurns)).toEqual([1, 0, -1]);
  });
});

describe('the learning rate', () => {
  it('is that of the job file where there is no schedule', () => {
    expect(rates(rulesOf({}), 3)).toEqual([0.1, 0.1, 0.1]);
  });

  it('rises in a straight line from its first part to the whole while it warms up', () => {
    expectClose(
      rates(rulesOf({ schedule: { type: 'constant', warmupSteps: 4 } }), 6),
      [0.025, 0.05, 0.075, 0.1, 0.1, 0.1],
    );
  });

  it('falls by a factor every so many epochs', () => {
    const schedule = { type: 'step', every: 2, factor: 0.5, warmupSteps: 0 } as const;
    const all = rates(rulesOf({ schedule }), 20);
    expect([0, 7, 8, 15, 16].map((step) => all[step])).toEqual([0.1, 0.1, 0.05, 0.05, 0.025]);
  });

  it('falls by a factor each epoch', () => {
    const schedule = { type: 'exponential', factor: 0.9, warmupSteps: 0 } as const;
    expectClose(
      [0, 3, 4, 8].map((step) => rates(rulesOf({ schedule }), 9)[step] as number),
      [0.1, 0.1, 0.09, 0.081],
    );
  });

  it('follows half a cosine from the end of the warm-up to the last step', () => {
    const schedule = { type: 'cosine', minimum: 0.01, warmupSteps: 10 } as const;
    const all = rates(rulesOf({ schedule, steps: 50 }), 51);
    expectClose(
      [0, 9, 10, 30, 50].map((step) => all[step] as number),
      [0.01, 0.1, 0.1, 0.055, 0.01],
    );
  });

  it('never rises towards a minimum that is above it', () => {
    const cosine = { type: 'cosine', minimum: 1, warmupSteps: 0 } as const;
    expect(new Set(rates(rulesOf({ schedule: cosine }), 40))).toEqual(new Set([0.1]));
    const rules = rulesOf({ schedule: { ...plateau, minimum: 1 } });
    expect(learningRate(rules, { ...initSchedule(), reductions: 3 }, 5)).toBe(0.1);
  });

  it('falls when the loss has stayed on a plateau for the patience, down to the minimum', () => {
    const rules = rulesOf({ schedule: plateau });
    const losses = [1, 0.995, 0.995, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9];
    let state = initSchedule();
    const seen = losses.map((loss, index) => {
      state = updateSchedule(rules, state, epochOf(index + 1, loss));
      return learningRate(rules, state, 0);
    });
    expectClose(seen, [0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025, 0.02, 0.02, 0.02]);
  });
});

/** What is decided in a run: the rate of each step, and what each epoch's end brings. */
function run(rules: TrainingRules, losses: readonly number[], from: TrainingPosition, steps: number) {
  const decisions: unknown[] = [];
  let position = from;
  for (let taken = 0; taken < steps && !isTrained(rules, position); taken++) {
    if (position.stepInEpoch < stepsInEpoch(rules, position.epoch)) {
      decisions.push(learningRate(rules, position.schedule, position.step));
      position = afterStep(position, 4);
    } else {
      const loss = losses[(position.epoch - 1) % losses.length] as number;
      const end = afterEpoch(rules, position, epochOf(position.epoch, loss));
      decisions.push([end.improved, end.position.stopped, end.position.earlyStopping.bestEpoch]);
      ({ position } = end);
    }
  }
  return { decisions, position };
}

const throughJson = (position: TrainingPosition): TrainingPosition =>
  trainingPositionSchema.parse(JSON.parse(JSON.stringify(position)));

describe('a training that is interrupted', () => {
  const schedules = fc.constantFrom<TrainingRules['schedule']>(
    ...([constant, plateau, { type: 'step', every: 2, factor: 0.3, warmupSteps: 3 }] as const),
    ...([
      { type: 'exponential', factor: 0.7, warmupSteps: 0 },
      { type: 'cosine', minimum: 0.001, warmupSteps: 5 },
    ] as const),
  );

  it('takes the same decisions when it goes on, wherever it was interrupted', () => {
    const cases = fc.record({
      ...{ schedule: schedules, earlyStopping: fc.constantFrom(null, stopping) },
      ...{ stepsPerEpoch: fc.integer({ min: 1, max: 5 }), steps: fc.integer({ min: 1, max: 40 }) },
      losses: fc.array(fc.constantFrom(0.1, 0.2, 0.3, 0.305, 1), { minLength: 1, maxLength: 12 }),
      cut: fc.nat(60),
    });
    fc.assert(
      fc.property(cases, ({ losses, cut, ...changes }) => {
        const rules = rulesOf(changes);
        const whole = run(rules, losses, firstPosition(), Infinity);
        const first = run(rules, losses, firstPosition(), cut);
        const between = throughJson(first.position);
        expect(fitsRules(rules, between)).toBe(true);
        const second = run(rules, losses, between, Infinity);
        expect([...first.decisions, ...second.decisions]).toEqual(whole.decisions);
        expect(second.position).toEqual(whole.position);
      }),
      { numRuns: 300 },
    );
  });
});

describe('early stopping', () => {
  it('ends the training after its patience, and knows the best epoch', () => {
    const rules = rulesOf({ earlyStopping: stopping });
    const { position } = run(rules, [1, 0.5, 0.6, 0.7, 0.1], firstPosition(), Infinity);
    expect(position).toMatchObject({ stopped: true, epoch: 5, step: 16, earlyStopping: { bestEpoch: 2, best: 0.5 } });
  });

  it('takes a higher accuracy for better', () => {
    const rules = rulesOf({ earlyStopping: { ...stopping, monitor: 'validationAccuracy' } });
    const first = afterEpoch(rules, { ...firstPosition(), step: 4 }, epochOf(1, 1, 0.5));
    const second = afterEpoch(rules, { ...first.position, step: 8 }, epochOf(2, 1, 0.6));
    const third = afterEpoch(rules, { ...second.position, step: 12 }, epochOf(3, 0.1, 0.6));
    expect([first, second, third].map(({ improved }) => improved)).toEqual([true, true, false]);
  });

  it('never takes a loss that is not a number for the best', () => {
    const rules = rulesOf({ earlyStopping: stopping });
    const { position } = run(rules, [Number.NaN, Number.POSITIVE_INFINITY], firstPosition(), Infinity);
    expect(position).toMatchObject({ stopped: true, step: 8, earlyStopping: { best: null, bestEpoch: null } });
  });

  it('says so when the job has no such value', () => {
    const rules = rulesOf({ earlyStopping: stopping });
    const { validation: _, ...metrics } = epochOf(1, 1);
    expect(() => afterEpoch(rules, firstPosition(), metrics)).toThrow(/validationLoss/);
  });
});

describe('a position', () => {
  it('has a shorter last epoch where the steps end within it', () => {
    const rules = rulesOf({ steps: 10 });
    expect([1, 2, 3, 4].map((epoch) => stepsInEpoch(rules, epoch))).toEqual([4, 4, 2, 0]);
  });

  it.each([
    ['more steps than the job', { step: 44, epoch: 12 }],
    ['more steps than the epoch', { step: 5, stepInEpoch: 5 }],
    ['a history of another length', { step: 4, epoch: 2 }],
    ['a best epoch that was not', { earlyStopping: { best: 1, bestEpoch: 1, wait: 0 } }],
  ])('does not fit a job when it has %s', (_, changes) => {
    expect(fitsRules(rulesOf({}), { ...firstPosition(), ...changes })).toBe(false);
  });

  it('is refused with anything unknown or missing in it', () => {
    const valid = firstPosition();
    const { step: _, ...incomplete } = valid;
    expect(trainingPositionSchema.safeParse(valid).success).toBe(true);
    for (const wrong of [incomplete, { ...valid, more: 1 }, { ...valid, version: 2 }, { ...valid, step: -1 }, null]) {
      expect(trainingPositionSchema.safeParse(wrong).success).toBe(false);
    }
  });
});
