import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SimulatedCluster, type Weather } from './testing/simulated-cluster.js';

const chance = (most: number) => fc.double({ min: 0, max: most, noNaN: true });

const anyWeather: fc.Arbitrary<Weather> = fc
  .record({
    seed: fc.nat(),
    workers: fc.integer({ min: 1, max: 9 }),
    minWorkers: fc.integer({ min: 1, max: 4 }),
    rounds: fc.integer({ min: 1, max: 25 }),
    loss: chance(0.3),
    doubling: chance(0.3),
    lateness: chance(0.2),
    trouble: chance(0.5),
    strays: chance(0.5),
  })
  .map((weather) => ({ ...weather, minWorkers: Math.min(weather.minWorkers, weather.workers) }));

const calm = { loss: 0, doubling: 0, lateness: 0, trouble: 0, strays: 0 } as const;

describe('the step machine in a simulated cluster', () => {
  it('brings every round to its end, with each slice once, in any weather', () => {
    const seen = { lost: 0, late: 0, waited: 0 };
    const reasons = new Set<string>();
    fc.assert(
      fc.property(anyWeather, (weather) => {
        const { reissued, waited, rejected } = new SimulatedCluster(weather).run();
        seen.lost += reissued.lost;
        seen.late += reissued.late;
        seen.waited += waited;
        for (const reason of Object.keys(rejected)) reasons.add(reason);
      }),
      { numRuns: 400 },
    );
    // The weather was bad enough to show every side of the machine.
    expect(Math.min(seen.lost, seen.late, seen.waited)).toBeGreaterThan(0);
    expect([...reasons].sort()).toEqual([
      'covered',
      'future-round',
      'outside',
      'stale-round',
      'stale-term',
      'unknown-worker',
    ]);
  });

  it('gives nothing out twice and refuses nothing while all is calm', () => {
    fc.assert(
      fc.property(anyWeather, (weather) => {
        const { reissued, rejected } = new SimulatedCluster({ ...weather, ...calm }).run();
        // A worker without history is only late after ten seconds, and none here takes so long.
        expect(reissued).toEqual({ lost: 0, late: 0 });
        expect(rejected).toEqual({});
      }),
      { numRuns: 100 },
    );
  });

  it('does the same in the same weather', () => {
    fc.assert(
      fc.property(anyWeather, (weather) => {
        expect(new SimulatedCluster(weather).run().log).toEqual(new SimulatedCluster(weather).run().log);
      }),
      { numRuns: 40 },
    );
  });

  it('goes on when a single worker loses half of all messages', () => {
    for (let seed = 0; seed < 50; seed++) {
      const weather = { ...calm, seed, workers: 1, minWorkers: 1, rounds: 10, loss: 0.5 };
      expect(new SimulatedCluster(weather).run().reissued.late).toBeGreaterThan(0);
    }
  });
});
