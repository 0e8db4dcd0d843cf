/** From zod's issues to faults: a path, what was wrong, what would be right, and the nearest word that would be. */
import { z } from 'zod';
import type { Fault } from '../errors.js';
import { formatPath, show } from './fault-text.js';
import { didYouMean } from './nearest.js';

type Issue = z.core.$ZodIssue;
type RawIssue = z.core.$ZodRawIssue;

/** What a field must be, by zod's name of the type that it expected. */
const EXPECTATIONS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a finite number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  tuple: 'a list',
};

export type SchemaResult<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly faults: Fault[] };

/** Parses plain data; every fault names its place from the root of `input`. */
export function parseSchema<T>(schema: z.ZodType<T>, input: unknown): SchemaResult<T> {
  // The input of an issue is wanted back to tell apart the branches of a union.
  const result = schema.safeParse(input, { error: describe, reportInput: true });
  return result.success ? { ok: true, value: result.data } : { ok: false, faults: faultsOf(result.error.issues, []) };
}

/**
 * The fields of an object that are valid, and the defaults of the others; undefined if a required one is not valid. For
 * checks that go on although there are faults.
 */
export function parseValidFields<S extends z.ZodObject>(schema: S, input: unknown): z.output<S> | undefined {
  const valid = Object.entries<z.ZodType>(schema.shape).flatMap(([key, field]) => {
    const value = propertyOf(input, key);
    return value !== undefined && field.safeParse(value).success ? [[key, value] as const] : [];
  });
  const result = schema.safeParse(Object.fromEntries(valid));
  return result.success ? result.data : undefined;
}

function faultsOf(issues: readonly Issue[], prefix: readonly PropertyKey[]): Fault[] {
  return issues.flatMap((issue) => {
    const path = [...prefix, ...issue.path];
    switch (issue.code) {
      case 'unrecognized_keys': {
        const messages = issue.message.split('\n');
        return issue.keys.map((key, index) => ({ path: formatPath([...path, key]), message: messages[index] ?? '' }));
      }
      case 'invalid_union': {
        const branch = closestBranch(issue);
        return branch === undefined ? [{ path: formatPath(path), message: issue.message }] : faultsOf(branch, path);
      }
      case 'invalid_format':
        return [{ path: formatPath(path), message: `${issue.message}, got ${show(issue.input)}` }];
      default:
        return [{ path: formatPath(path), message: issue.message }];
    }
  });
}

/** The branch of a union that the input was most likely meant for; undefined if its type fits none. */
function closestBranch(issue: z.core.$ZodIssueInvalidUnion): readonly Issue[] | undefined {
  const candidates = issue.errors.filter((branch) => branch.every((inner) => !isTypeMismatch(inner)));
  return candidates[0];
}

/** Whether the whole value has another type, rather than something inside it or its size being wrong. */
function isTypeMismatch(issue: Issue): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === 'invalid_type') return !(issue.expected === 'int' && typeof issue.input === 'number');
  return issue.code === 'invalid_value' && typeof issue.input !== 'string';
}

/** The message of one issue; zod uses it for every issue whose schema has no message of its own. */
function describe(issue: RawIssue): string {
  const got = `, got ${show(issue.input)}`;
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? `is required: ${expectation(issue.expected)}`
        : `must be ${expectation(issue.expected)}${got}`;
    case 'too_small':
      return limitMessage(
        issue.origin,
        issue.inclusive === false ? 'more than' : 'at least',
        issue.minimum,
        issue.input,
      );
    case 'too_big':
      return limitMessage(
        issue.origin,
        issue.inclusive === false ? 'less than' : 'at most',
        issue.maximum,
        issue.input,
      );
    case 'invalid_value':
      return choiceMessage(issue.values, issue.input);
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, issue.inst)).join('\n');
    case 'invalid_union':
      return describeUnion(issue);
    default:
      return `is not valid${got}`;
  }
}

function describeUnion(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): string {
  if (typeof issue.discriminator === 'string') {
    const options = 'options' in issue && Array.isArray(issue.options) ? issue.options : [];
    return choiceMessage(options, propertyOf(issue.input, issue.discriminator));
  }
  const expected = issue.errors.flat().map((inner) => {
    if (inner.code === 'invalid_type') return expectation(inner.expected);
    return inner.code === 'invalid_value' ? 'text' : 'an object';
  });
  const choices = [...new Set(expected)].join(' or ');
  return issue.input === undefined ? `is required: ${choices}` : `must be ${choices}, got ${show(issue.input)}`;
}

function choiceMessage(values: readonly unknown[], input: unknown): string {
  const words = values.map(String);
  const choices = words.length === 1 ? words.join() : `one of ${words.join(', ')}`;
  if (input === undefined) return `is required: ${choices}`;
  const hint = typeof input === 'string' ? didYouMean(input, words) : '';
  return `must be ${choices}, got ${show(input)}${hint}`;
}

function limitMessage(origin: string, relation: string, limit: number | bigint, input: unknown): string {
  if (origin === 'array' && Array.isArray(input)) {
    return `must have ${relation} ${limit} ${limit === 1 ? 'element' : 'elements'}, got ${input.length}`;
  }
  return `must be ${relation} ${limit}, got ${show(input)}`;
}

function unknownKey(key: string, schema: unknown): string {
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  return `is not a known key${didYouMean(key, known)}; known are ${known.join(', ')}`;
}

function expectation(expected: string): string {
  return EXPECTATIONS[expected] ?? expected;
}

function propertyOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
