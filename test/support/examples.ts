/** The jobs in examples/, planned on made-up digits. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { JobPlan } from '@lockstep/core';
import { planDigits } from './made-up-job.js';

export const EXAMPLES = ['mnist-mlp', 'mnist-cnn', 'mnist-perceptron-sigmoid'] as const;
export type Example = (typeof EXAMPLES)[number];

interface ExampleFile {
  readonly training: Readonly<Record<string, unknown>>;
}

/** `yaml` is a dependency of the command alone. */
const { parse } = createRequire(new URL('../../packages/cli/package.json', import.meta.url))('yaml') as {
  parse(text: string): unknown;
};

export const parseYaml = parse;

/** @param training replaces settings of the example's training section */
export function planExample(name: Example, training: Readonly<Record<string, unknown>> = {}): JobPlan {
  const file = parse(readFileSync(new URL(`../../examples/${name}.yaml`, import.meta.url), 'utf8')) as ExampleFile;
  return planDigits({
    ...file,
    data: { train: 'mnist/train', validation: 0 },
    training: { ...file.training, epochs: 1, ...training },
  });
}
