import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LAYER_TYPES } from '../model/registry.js';
import { planJob } from './plan-job.js';
import { digitsFaults as faults, digitsJob, findDataset, mnist } from './testing/digits-job.js';

describe('planJob, given hostile input,', () => {
  test('refuses deep nesting, cycles and endless lists without following them', () => {
    const cycle: Record<string, unknown> = {};
    cycle.again = cycle;
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level += 1) deep = [deep];
    for (const training of [cycle, deep]) expect(faults({ training }).join()).toMatch(/nested more than 32 levels/);
    const endless: unknown[] = [];
    endless.length = 2 ** 32 - 1;
    expect(faults({ training: endless }).join()).toMatch(/at most 200000 values/);
    expect(faults({ model: { layers: Array.from({ length: 1000 }, () => ({ type: 'x' })) } })).toHaveLength(201);
  });

  test('survives getters and proxies that throw', () => {
    const hostile = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new TypeError('no');
        },
      },
    );
    expect(faults({ training: hostile })[0]).toMatch(/reading it failed/);
    const training = {
      get epochs(): never {
        throw new TypeError('no');
      },
    };
    expect(faults({ training })[0]).toMatch(/reading it failed/);
  });

  test('says nothing that a terminal would act on, and no more than a screen of it', () => {
    const text = fc.string({ unit: 'binary', maxLength: 200 });
    const texts = { name: text, task: text, priority: text, data: fc.record({ train: text, validation: text }) };
    const training = fc.record({ loss: text, optimizer: text, classWeights: fc.dictionary(text, fc.constant(1)) });
    const layer = fc.record({ type: text, name: text });
    const model = fc.record({ layers: fc.array(layer, { maxLength: 3 }), initialWeights: text });
    const job = fc.oneof(
      fc.record({ ...texts, training, model }),
      fc.record({ training, model }, { requiredKeys: [] }),
      fc.dictionary(text, text, { maxKeys: 5 }),
    );
    fc.assert(
      fc.property(job, (change) => {
        for (const fault of faults(change)) {
          expect(fault).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
          expect(fault.length).toBeLessThan(1000);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('never throws, whatever it is given', () => {
    const findAny = () => mnist;
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withNullPrototype: true,
          withSparseArray: true,
          withTypedArray: true,
        }),
        (input) => {
          expect(planJob(input, findAny).ok).toBe(false);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('never throws on anything in the place of a section or a field', () => {
    const something = fc.oneof(fc.anything(), fc.constantFrom(0, -1, 2 ** 31 - 1, 1e999, NaN, '', 'relu', [1, 1], {}));
    const layer = fc.record(
      {
        type: fc.oneof(fc.constantFrom(...LAYER_TYPES), something),
        units: something,
        filters: something,
        kernelSize: something,
        strides: something,
        activation: something,
        kernelInitializer: something,
      },
      { requiredKeys: ['type'] },
    );
    const training = fc.record({ epochs: something, batchSize: something, optimizer: something }, { requiredKeys: [] });
    const job = fc.record(
      { name: something, task: something, data: something, model: fc.record({ layers: fc.array(layer) }), training },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(job, (change) => void planJob({ ...digitsJob, ...change }, findDataset)),
      { numRuns: 1000 },
    );
  });
});
