/**
 * The numeric settings of TensorFlow, chosen once for every process of the product. They must be in place before the
 * native library is loaded, and before piscina threads start (a thread sees a copy of the environment).
 */

/**
 * - One kernel thread and no inter-op pool: a graph runs in the thread that calls it, so its bits do not depend on a
 *   pool's size, and denormals are kept (IEEE 754 gradual underflow), as JavaScript's additions keep them.
 * - STRICT keeps oneDNN from computing float32 in a narrower format.
 */
const NATIVE_ENVIRONMENT = {
  TF_NUM_INTRAOP_THREADS: '1',
  TF_NUM_INTEROP_THREADS: '-1',
  TF_CPP_MIN_LOG_LEVEL: '2',
  ONEDNN_DEFAULT_FPMATH_MODE: 'STRICT',
} as const;

/** Sets what decides the bits; a user's log level is left alone. */
export function applyNativeEnvironment(): void {
  for (const [name, value] of Object.entries(NATIVE_ENVIRONMENT)) {
    if (name === 'TF_CPP_MIN_LOG_LEVEL' && process.env[name] !== undefined) continue;
    process.env[name] = value;
  }
}

/** The settings that decide the bits, for the worker's CPU class. */
export function numericSettings(): string {
  const names = [...Object.keys(NATIVE_ENVIRONMENT), 'ONEDNN_MAX_CPU_ISA', 'TF_ENABLE_ONEDNN_OPTS'];
  return names
    .filter((name) => name !== 'TF_CPP_MIN_LOG_LEVEL')
    .map((name) => `${name}=${process.env[name] ?? ''}`)
    .join(' ');
}
