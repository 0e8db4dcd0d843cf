import type { JobPlan } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { graphPlan } from './graph-plan.js';
import { recordJob } from './job-graphs.js';
import { smallPlan } from './testing/small-plan.js';

const layers = [
  { type: 'dense', units: 5, activation: 'relu' },
  { type: 'dropout', rate: 0.5 },
  { type: 'dense', units: 3 },
];

function withTraining(plan: JobPlan, training: Partial<JobPlan['spec']['training']>, changes: Partial<JobPlan> = {}) {
  return { ...plan, ...changes, spec: { ...plan.spec, training: { ...plan.spec.training, ...training } } };
}

const hashes = (plan: JobPlan) => recordJob(plan).map(({ key, sha256 }) => `${key} ${sha256}`);

describe('the plan for graphs', () => {
  it.each(['sgd', 'adam', 'adamw', 'rmsprop', 'adagrad'] as const)(
    'gives the very graphs of the job, with %s',
    (type) => {
      const plan = smallPlan(layers);
      const optimizer = {
        ...plan.spec.training.optimizer,
        type,
        momentum: 0.9,
        weightDecay: 0.01,
        decay: 0.9,
        initialAccumulator: 0.1,
      };
      const training = {
        optimizer: { ...optimizer, learningRate: 0.37 } as JobPlan['spec']['training']['optimizer'],
        epochs: 9,
        seed: 12,
      };
      const job = withTraining({ ...plan, seed: 12, steps: 9 }, training);
      expect(hashes(graphPlan(job))).toEqual(hashes(job));
    },
  );

  it('is the same for jobs that differ in name, seed, length, learning rate and priority alone', () => {
    const plan = smallPlan(layers);
    const optimizer = { ...plan.spec.training.optimizer, learningRate: 0.5 };
    const other = withTraining(plan, { optimizer, epochs: 7, seed: 3 }, { seed: 3, steps: 7, epochs: 7, priority: 4 });
    const renamed = { ...other, spec: { ...other.spec, name: 'another', priority: 4 } };
    expect(JSON.stringify(graphPlan(renamed))).toBe(JSON.stringify(graphPlan(plan)));
  });

  it('is another one for another model or optimizer', () => {
    const plan = smallPlan(layers);
    const optimizer = { type: 'sgd', learningRate: 0.1, momentum: 0, nesterov: false } as const;
    const keys = [plan, smallPlan(layers.slice(2)), withTraining(plan, { optimizer })].map((one) =>
      JSON.stringify(graphPlan(one)),
    );
    expect(new Set(keys).size).toBe(3);
  });
});
