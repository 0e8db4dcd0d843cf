/**
 * `npm run bench`: the cluster against its limit and against tfjs-node, in one run. The variants take turns, round by
 * round, since machines are noisy: the ratios within a run mean more than the figures. With `--queue` it measures
 * instead how soon the service answers while 200 jobs wait, with `--import 2GiB` what the import of so many rows takes.
 */
import { parseArgs } from 'node:util';
import { startBenchCluster } from './cluster-run.js';
import { measureLimit } from './graph-limit.js';
import { measureImport, renderImport } from './import-memory.js';
import { measureMessages } from './messages-alone.js';
import { measureModelFit } from './model-fit.js';
import { measureQueue, renderQueue } from './queue-latency.js';
import { renderTable, summarise, type Measured } from './summary.js';
import { makeData, planOf, SAMPLES, WORKLOADS, type Workload } from './workload.js';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
    queue: { type: 'boolean', default: false },
    import: { type: 'string' },
  },
});

/** Epochs of a cluster's measurement: about a second each for the fast model, two for the slow one. */
const EPOCHS = { mlp: 8, cnn: 1 } as const;
const FIT_SAMPLES = { mlp: SAMPLES, cnn: 2048 } as const;

function chosen(): Workload[] {
  return WORKLOADS.filter(
    ({ model, batchSize }) =>
      options.only === undefined || options.only === `${model}-${String(batchSize)}` || options.only === model,
  );
}

const QUEUED = 200;

async function queue(): Promise<void> {
  const summary = await measureQueue(makeData(), QUEUED);
  process.stdout.write(options.json ? `${JSON.stringify(summary, null, 2)}\n` : renderQueue(summary));
}

async function importRows(size: string): Promise<void> {
  const summary = await measureImport(size);
  process.stdout.write(options.json ? `${JSON.stringify(summary, null, 2)}\n` : renderImport(summary));
}

async function main(): Promise<void> {
  const rounds = Number(options.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError('--rounds must be a whole number from 1 on');
  const data = makeData();
  const [twoWorkers, oneWorker] = [await startBenchCluster(2, 1, data), await startBenchCluster(1, 2, data)];
  const measured: Measured[] = [];
  try {
    for (let round = 1; round <= rounds; round++) {
      for (const workload of chosen()) {
        const epochs = EPOCHS[workload.model];
        const minibatches = Math.ceil((epochs * SAMPLES) / workload.batchSize);
        process.stderr.write(
          `round ${String(round)}/${String(rounds)}: ${workload.model} at ${String(workload.batchSize)}\n`,
        );
        measured.push({
          ...workload,
          limit: await measureLimit(workload, data, minibatches),
          messages: await measureMessages(twoWorkers.natsUrl, planOf(workload, data.manifest), minibatches),
          cluster2x1: await twoWorkers.measure(workload, epochs),
          cluster1x2: await oneWorker.measure(workload, epochs),
          modelFit: await measureModelFit(workload, FIT_SAMPLES[workload.model]),
        });
      }
    }
  } finally {
    await Promise.all([twoWorkers.stop(), oneWorker.stop()]);
  }
  const summary = summarise(measured);
  process.stdout.write(options.json ? `${JSON.stringify(summary, null, 2)}\n` : renderTable(summary));
}

if (options.import !== undefined) await importRows(options.import);
else await (options.queue ? queue() : main());
