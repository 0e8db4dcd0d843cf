// Runs ops on the native addon in many threads at once: `node addon-thread.mjs ADDON THREADS OPS`. The addon notes the
// name of every attribute that it has not seen before, so each op comes with hundreds of new ones, and the threads start
// it together.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread, threadId, Worker, workerData } from 'node:worker_threads';

const NAMES = 500;

/** Waits, without letting go of the core, until all threads have come here `round` times. */
function meet(arrived, threads, round) {
  Atomics.add(arrived, 0, 1);
  while (Atomics.load(arrived, 0) < threads * round);
}

function runOps({ addon, threads, ops, arrived }) {
  const binding = createRequire(import.meta.url)(addon);
  const input = binding.createTensor([2], binding.TF_FLOAT, new Float32Array([1, 2]));
  const type = { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
  for (let op = 0; op < ops; op++) {
    const surplus = Array.from({ length: NAMES }, (_, index) => ({ ...type, name: `${index}_${op}_${threadId}` }));
    meet(arrived, threads, op + 1);
    try {
      binding.executeOp('Relu', [type, ...surplus], [input], 1);
    } catch {
      // TensorFlow refuses attributes that the op does not have, after the addon has noted their names.
    }
    const [output] = binding.executeOp('Relu', [type], [input], 1);
    binding.deleteTensor(output.id);
  }
}

if (isMainThread) {
  const [addon, threads, ops] = process.argv.slice(2);
  const data = { addon, threads: Number(threads), ops: Number(ops), arrived: new Int32Array(new SharedArrayBuffer(4)) };
  for (let index = 0; index < data.threads; index++) {
    new Worker(fileURLToPath(import.meta.url), { workerData: data });
  }
} else {
  runOps(workerData);
}
