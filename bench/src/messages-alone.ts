/**
 * What the messages of a step cost by themselves: vectors of the model's size through the cluster's own nats-server, to
 * two processes and back, with nothing computed, added or checked. Together with the graphs' limit it bounds what any
 * synchronous training over this bus can reach on this machine.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import type { JobPlan } from '@lockstep/core';
import { chunkCount, chunkRange, floatBytes } from '@lockstep/proto';
import { connectNats, type Bus, type Transport } from '@lockstep/transport';

const RECEIVERS = 2;
const WARM_UP_STEPS = 30;
/** As the services set it (docs/decisions/0009-garbage-collection.md). */
const HEAP_GROWING = '--heap-growing-percent=400';

export const BENCH_SUBJECTS = { parameters: 'bench.parameters', parts: 'bench.parts' } as const;

/** Sends a vector in chunks as the product cuts them. */
export function sendVector(bus: Bus, subject: string, values: Float32Array): void {
  for (let chunk = 0; chunk < chunkCount(values.length); chunk++) {
    const { first, end } = chunkRange(values.length, chunk);
    bus.publish(subject, floatBytes(values, first, end));
  }
}

/** Steps a second, expressed as samples a second at that batch size. */
export async function measureMessages(natsUrl: string, plan: JobPlan, steps: number): Promise<number> {
  setFlagsFromString(HEAP_GROWING);
  const elements = plan.model.parameters;
  const receivers = Array.from({ length: RECEIVERS }, () =>
    fork(new URL('./messages-process.js', import.meta.url), [natsUrl, String(elements)], { execArgv: [HEAP_GROWING] }),
  );
  const transport = await connectNats({ servers: natsUrl, name: 'bench' });
  try {
    await Promise.all(receivers.map(ready));
    await exchange(transport, elements, WARM_UP_STEPS);
    const started = performance.now();
    await exchange(transport, elements, steps);
    return (steps * plan.spec.training.batchSize * 1000) / (performance.now() - started);
  } finally {
    for (const receiver of receivers) receiver.kill();
    await transport.close();
  }
}

async function ready(child: ChildProcess): Promise<void> {
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new RangeError('a process that answers messages ended early');
    }),
  ]);
}

async function exchange({ bulk }: Transport, elements: number, steps: number): Promise<void> {
  const values = new Float32Array(elements);
  const wanted = RECEIVERS * chunkCount(elements);
  await new Promise<void>((resolve) => {
    let [step, arrived] = [0, 0];
    const subscription = bulk.subscribe(BENCH_SUBJECTS.parts, () => {
      arrived += 1;
      if (arrived < wanted) return;
      [step, arrived] = [step + 1, 0];
      if (step < steps) return sendVector(bulk, BENCH_SUBJECTS.parameters, values);
      subscription.unsubscribe();
      resolve();
    });
    sendVector(bulk, BENCH_SUBJECTS.parameters, values);
  });
}
