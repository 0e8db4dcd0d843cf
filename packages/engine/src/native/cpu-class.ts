/** A name for the class of machines that compute the same bits; the canary proves what the name promises. */
import { readFileSync } from 'node:fs';
import { numericSettings } from './environment.js';
import { native } from './tensorflow.js';

/** From the widest on: what TensorFlow's kernels choose by. */
const INSTRUCTION_SETS = ['amx_tile', 'avx512f', 'avx2', 'avx', 'sse4_2', 'asimd'];

/** For example `x64 avx2 TensorFlow 2.21.0 TF_NUM_INTRAOP_THREADS=1 …`. */
export function cpuClass(): string {
  return [process.arch, instructionSet(), `TensorFlow ${native().binding.TF_Version}`, numericSettings()].join(' ');
}

function instructionSet(): string {
  try {
    const flags = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.split(/\s+/) ?? [];
    return INSTRUCTION_SETS.find((name) => flags.includes(name)) ?? 'unknown';
  } catch {
    return 'unknown';
  }
}
