/**
 * Queries that have no data while a job trains and all is well, and why that is right. The test that runs them all
 * fails both when another one is empty and when one of these is not, except for what the machine decides.
 */
import type { LiveQuery } from './queries.js';

const NOTHING_WRONG = 'an alert, and what it looks for is not so';

/** What comes from the exporter, or would be missing without it. */
const FROM_NATS = ['gnatsd_', 'cluster:lockstep_jetstream_free:ratio'];

/** By where the query is. WorkerLost is not among them: the test kills a worker. */
const RIGHTLY_EMPTY: ReadonlyMap<string, string> = new Map([
  ...['CoordinatorDown', 'BelowMinWorkers', 'JobsQueuedWhileWorkersIdle', 'JobStalled', 'LossNotFinite'].map(alert),
  ...['CheckpointStale', 'TensorLeak', 'NatsSlowConsumer'].map(alert),
  ['alert StragglerPersistent', 'the workers are equal, unless the machine is busy with something else for a while'],
  ['alert StepRetryRateHigh', 'workers are in time, unless the machine is busy with something else for a while'],
  ['alert DiskFilling', "there is room on the machine's disk, unless there is not"],
]);

/** Those of them that are not wrong if they have data: what the machine is like decides. */
export const BY_THE_MACHINE: ReadonlySet<string> = new Set(
  ['StragglerPersistent', 'StepRetryRateHigh', 'DiskFilling'].map((name) => `alert ${name}`),
);

/** What a query chooses that is rightly not there, although the query as a whole has data. */
export const RIGHTLY_EMPTY_SELECTORS: ReadonlyMap<string, string> = new Map([
  ['ALERTS{alertstate="firing", severity="critical"}', 'no critical alert fires'],
  ['lockstep_jetstream_limit_bytes', 'the account has no limit of its own, only the server has one'],
]);

/**
 * Why the query has no data, or undefined where it must have some.
 * @param withoutExporter why there is no exporter of NATS; undefined where there is one
 */
export function reasonToBeEmpty(query: LiveQuery, withoutExporter: string | undefined): string | undefined {
  const reason = RIGHTLY_EMPTY.get(query.where);
  return reason ?? (FROM_NATS.some((name) => query.expression.includes(name)) ? withoutExporter : undefined);
}

/** To find what is named here and is no query any more. */
export const NAMED_AS_EMPTY: ReadonlySet<string> = new Set(RIGHTLY_EMPTY.keys());

function alert(name: string): [where: string, reason: string] {
  return [`alert ${name}`, NOTHING_WRONG];
}
