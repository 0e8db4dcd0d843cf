// A thread that runs one native call again and again, as a worker's threads do, and answers with the hashes it saw.
import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { SliceRunner } from '@lockstep/engine';

const { options, shape, call, runs } = workerData;
const runner = new SliceRunner(options);
const hashes = new Set();
for (let run = 0; run < runs; run++) {
  const { values, counts } = runner.run(shape, call);
  const hash = createHash('sha256');
  for (const part of [values, counts]) hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  hashes.add(hash.digest('hex'));
}
const canary = runner.canary();
runner.dispose();
parentPort?.postMessage({ hashes: [...hashes], canary });
