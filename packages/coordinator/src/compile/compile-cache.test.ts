import type { JobPlan } from '@lockstep/core';
import { beforeEach, expect, it } from 'vitest';
import { CompileCache } from './compile-cache.js';

/** As much of a plan as graphs are told apart by here. */
const planOf = (units: number, seed = 0): JobPlan =>
  ({
    seed,
    model: { units },
    spec: { name: `job-${String(seed)}`, model: {}, training: { optimizer: {} } },
  }) as unknown as JobPlan;

let recorded: JobPlan[];
let cache: CompileCache<string>;

beforeEach(() => {
  recorded = [];
  cache = new CompileCache((plan) => {
    recorded.push(plan);
    const { units } = plan.model as unknown as { units: number };
    return units < 0 ? Promise.reject(new Error('cannot be recorded')) : Promise.resolve(`graphs of ${String(units)}`);
  });
});

it('records jobs of equal graphs once, also when they come at the same time', async () => {
  const all = await Promise.all([cache.get(planOf(1)), cache.get(planOf(1, 7)), cache.get(planOf(2))]);
  expect(all).toEqual(['graphs of 1', 'graphs of 1', 'graphs of 2']);
  await cache.get(planOf(1, 9));
  expect(recorded).toHaveLength(2);
});

it('records from a plan without what graphs do not depend on', async () => {
  await cache.get(planOf(1, 7));
  expect(recorded[0]).toMatchObject({ seed: 0, spec: { name: 'job' } });
});

it('keeps a few, and knows of the others that they can be recorded', async () => {
  for (let units = 0; units < 20; units++) await cache.check(planOf(units));
  expect(recorded).toHaveLength(20);
  await cache.check(planOf(0));
  expect(recorded).toHaveLength(20);
  expect(await cache.get(planOf(0))).toBe('graphs of 0');
  expect(recorded).toHaveLength(21);
  await cache.get(planOf(19));
  expect(recorded).toHaveLength(21);
});

it('tries again what failed', async () => {
  await expect(cache.check(planOf(-1))).rejects.toThrow('cannot be recorded');
  await expect(cache.check(planOf(-1))).rejects.toThrow('cannot be recorded');
  expect(recorded).toHaveLength(2);
});
