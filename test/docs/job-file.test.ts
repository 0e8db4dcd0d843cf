import { jobFileJsonSchema, TASKS } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { readDocument, section, tableRows } from '../support/documents.js';

/** The parts of JSON Schema that zod writes. */
interface Schema {
  readonly const?: unknown;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

const text = readDocument('docs/job-file.md');
const schema = jobFileJsonSchema() as Schema;
const sections = properties(schema);

function properties({ properties: found = {} }: Schema): Record<string, Schema> {
  return { ...found };
}

/** Of a list of variants told apart by `type`: the variant of each type. */
function variants(schemas: readonly Schema[] = []): [type: string, variant: Schema][] {
  return schemas.flatMap((variant) => variants(variant.oneOf).concat(named(variant)));
}

function named(variant: Schema): [string, Schema][] {
  const type = variant.properties?.['type']?.const;
  return typeof type === 'string' ? [[type, variant]] : [];
}

/** A default as a person writes it: an object with a type is its type, an empty one is nothing. */
function written(value: unknown): string {
  if (Array.isArray(value)) return written(value[0]);
  if (typeof value === 'object' && value !== null && Object.keys(value).length === 0) return '';
  if (typeof value === 'object' && value !== null && 'type' in value) return String(value.type);
  return String(value);
}

/** Described once, above the table. */
const ofEveryLayer = ['type', 'name', 'trainable'];

/**
 * How the document must list each setting of a variant: `units`, `activation: linear`. The schema has no default where
 * a short form is transformed (initializers, pairs); there any value will do.
 */
function settings(variant: Schema): RegExp[] {
  return Object.entries(properties(variant))
    .filter(([key]) => !ofEveryLayer.includes(key))
    .map(([key, { default: value }]) => {
      if (value !== undefined) return new RegExp(`\`${key}: ${written(value)}\``);
      return new RegExp(variant.required?.includes(key) === true ? `\`${key}\`` : `\`${key}(: \\w+)?\``);
    });
}

const tables: [heading: string, schema: Schema][] = [
  ['The file', schema],
  ['data', sections['data']!],
  ['model', sections['model']!],
  ['training', sections['training']!],
  ['cluster', sections['cluster']!],
  ['checkpoint', sections['checkpoint']!],
  ['earlyStopping', properties(sections['training']!)['earlyStopping']!],
  ['clip', properties(sections['training']!)['clip']!],
];

describe('docs/job-file.md', () => {
  it.each(tables)('has exactly the keys of "%s"', (heading, object) => {
    expect([...tableRows(section(text, heading)).keys()]).toEqual(Object.keys(properties(object)));
  });

  it.each(tables)('has the defaults and limits of "%s"', (heading, object) => {
    const rows = tableRows(section(text, heading));
    for (const [key, property] of Object.entries(properties(object))) {
      const row = (rows.get(key) ?? '').replaceAll(',', '');
      if (property.default !== undefined) expect(row).toContain(written(property.default));
      if (object.required?.includes(key) === true) expect(row).toContain('required');
      const bounds = [property, ...(property.anyOf ?? [])].flatMap((one) => [one.minimum, one.maximum, one.maxItems]);
      for (const bound of bounds) if (bound !== undefined) expect(row).toMatch(new RegExp(`(^|[^\\w-])${bound}\\b`));
      for (const choice of property.enum ?? []) expect(row).toContain(`\`${choice}\``);
    }
  });

  const training = properties(sections['training']!);
  const layers = variants(properties(sections['model']!)['layers']?.items?.oneOf);
  const dense = properties(layers.find(([type]) => type === 'dense')![1]);
  const kinds: [heading: string, variants: [string, Schema][]][] = [
    ['optimizers', variants(training['optimizer']?.anyOf)],
    ['schedules', variants(training['schedule']?.oneOf)],
    ['layers', layers],
    ['initializers', variants(dense['kernelInitializer']?.anyOf)],
  ];

  it.each(kinds)('has exactly the types of %s', (heading, known) => {
    expect(known.length).toBeGreaterThan(3);
    expect([...tableRows(section(text, heading)).keys()]).toEqual(known.map(([type]) => type));
  });

  it.each(kinds.flatMap(([heading, known]) => known.map(([type, variant]) => [heading, type, variant] as const)))(
    'has the settings of %s: %s',
    (heading, type, variant) => {
      const row = tableRows(section(text, heading)).get(type) ?? '';
      for (const setting of settings(variant)) expect(row).toMatch(setting);
    },
  );

  it('has exactly the tasks', () => {
    expect([...tableRows(section(text, 'tasks')).keys()]).toEqual([...TASKS]);
  });

  it('says that layers can be frozen', () => {
    expect(section(text, 'layers')).toMatch(/`trainable`\s\(`true` unless given/);
  });

  it('has the activations', () => {
    for (const name of dense['activation']?.enum ?? []) expect(section(text, 'layers')).toContain(`\`${name}\``);
  });
});
