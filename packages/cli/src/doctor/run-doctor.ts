/** `lockstep doctor`: runs the checks and says what to do about those that fail. */
import { EXIT } from '../output/failure.js';
import type { Output } from '../output/output.js';
import { runChecks, type Check } from './checks.js';

export interface DoctorOptions {
  readonly json: boolean;
}

/** @returns the exit code: 1 if any check failed */
export async function runDoctor(
  options: DoctorOptions,
  output: Output,
  checks: AsyncIterable<Check> = runChecks(),
): Promise<number> {
  const done: Check[] = [];
  for await (const check of checks) {
    done.push(check);
    if (!options.json) output.result(renderCheck(check));
  }
  const ok = done.every((check) => check.ok);
  if (options.json) output.result(JSON.stringify({ ok, checks: done }, undefined, 2));
  return ok ? EXIT.done : EXIT.failed;
}

function renderCheck({ name, ok, found, remedy }: Check): string {
  const line = `${ok ? '✔' : '✖'} ${name}: ${found}`;
  return ok || remedy === '' ? line : `${line}\n    ${remedy}`;
}
