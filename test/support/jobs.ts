/** The example jobs, cut short for tests. */
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readJobFile } from '@lockstep/cli';

const examples = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'examples');

export const EXAMPLES = ['mnist-cnn', 'mnist-mlp', 'mnist-perceptron-sigmoid'] as const;
export type Example = (typeof EXAMPLES)[number];
export type JobObject = Record<string, unknown>;

/** An example with a few sections changed, such as `{ training: { epochs: 1 } }`. */
export async function exampleJob(name: Example, changes: JobObject = {}): Promise<JobObject> {
  return merged(await readJobFile(join(examples, `${name}.yaml`)), changes);
}

function merged(job: JobObject, changes: JobObject): JobObject {
  const result = { ...job };
  for (const [key, change] of Object.entries(changes)) {
    const before = result[key];
    result[key] = isMapping(before) && isMapping(change) ? merged(before, change) : change;
  }
  return result;
}

function isMapping(value: unknown): value is JobObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** As a job file, which JSON is too. */
export async function writeJob(folder: string, job: unknown): Promise<string> {
  const file = join(folder, `job-${Math.abs(JSON.stringify(job).length)}.yaml`);
  await writeFile(file, typeof job === 'string' ? job : JSON.stringify(job));
  return file;
}
