import { describe, expect, test } from 'vitest';
import { jobFileJsonSchema } from './job-file.js';
import { digitsFaults as faults } from './testing/digits-job.js';

interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

interface NumberField {
  readonly path: string;
  readonly whole: boolean;
  /** A change of the smallest job that gives the field this value. */
  job(value: unknown): object;
}

/** Every field of the job file that holds a number, in every variant. */
function numberFields(schema: Schema, path: string, job: (value: unknown) => object): NumberField[] {
  if (schema.type === 'number' || schema.type === 'integer') return [{ path, whole: schema.type === 'integer', job }];
  const variants = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  // A list of numbers beside a number, as a kernel's height and width, is the same field.
  const own = variants.flatMap((variant) => numberFields(variant, path, job));
  const items = path === 'model.layers' ? numberFields(schema.items ?? {}, `${path}[0]`, (value) => job([value])) : [];
  const type = schema.properties?.type?.const;
  const properties = Object.entries(schema.properties ?? {}).flatMap(([key, property]) =>
    numberFields(property, path === '' ? key : `${path}.${key}`, (value) =>
      job(type === undefined ? { [key]: value } : { type, [key]: value }),
    ),
  );
  return [...own, ...items, ...properties];
}

const fields = numberFields(jobFileJsonSchema(), '', (change) => change as object);
const named = fields.map((field) => [`${field.path} of ${JSON.stringify(field.job(0))}`, field] as const);

/** The parts of the smallest job that a change of one key would take away. */
const data = { train: 'mnist/train' };

function faultsOf(change: object): string[] {
  return faults('data' in change ? { data: { ...data, ...(change.data as object) } } : change);
}

describe('a number of the job file', () => {
  test('is in every section', () => {
    const paths = new Set(fields.map(({ path }) => path));
    for (const path of ['priority', 'data.validation', 'training.seed', 'training.clip.norm', 'checkpoint.keep']) {
      expect(paths).toContain(path);
    }
    expect(fields.length).toBeGreaterThan(100);
  });

  test.each(named)('is refused with its place where it is not finite, too large or none: %s', (_name, field) => {
    const wrong: unknown[] = [NaN, Infinity, -Infinity, 1e301, -1e301, true, null, {}, { valueOf: 1 }];
    for (const value of field.whole ? [...wrong, 0.5, -0.5, 2 ** 53] : wrong) {
      const found = faultsOf(field.job(value));
      const own = found.filter((fault) => fault.startsWith(field.path));
      expect(own, `${String(value)}: ${found.join('\n')}`).not.toEqual([]);
      for (const fault of own) expect(fault).toMatch(/: .+/);
    }
  });
});
