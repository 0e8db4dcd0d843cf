/** On how many servers JetStream keeps each store, where NATS is a cluster of several. */
import { setTimeout as delay } from 'node:timers/promises';
import { LockstepError } from '@lockstep/core';
import { NatsError, type JetStreamManager, type StreamInfo } from 'nats';

export interface Replicas {
  readonly count: number;
  /** A store that was in use with another number of copies has got so many. */
  readonly onChanged: (stream: string, before: number) => void;
}

/** A stream whose copies are made anew has nobody to answer for it for a moment. */
const LEADER_MILLISECONDS = 30_000;
const POLL_MILLISECONDS = 100;

/** From the server's errors.json: no cluster at all, and one with too few servers that are there and have JetStream. */
const NOT_CLUSTERED = 10_074;
const NO_SUITABLE_PEERS = 10_005;

/** Gives a stream as many copies as are wanted, and waits until it answers again. @throws LockstepError TIMEOUT */
export async function keepReplicas(manager: JetStreamManager, stream: string, wanted?: Replicas): Promise<void> {
  if (wanted === undefined) return;
  const { config, state } = await manager.streams.info(stream);
  if (config.num_replicas === wanted.count) return;
  await manager.streams.update(stream, { num_replicas: wanted.count });
  const deadline = performance.now() + LEADER_MILLISECONDS;
  while (!hasCopies(await manager.streams.info(stream), wanted.count)) {
    if (performance.now() > deadline) {
      throw new LockstepError(
        'TIMEOUT',
        `Waited ${LEADER_MILLISECONDS / 1000} s for NATS to find servers for ${wanted.count} copies of ${stream}.`,
      );
    }
    await delay(POLL_MILLISECONDS);
  }
  if (state.last_seq > 0) wanted.onChanged(stream, config.num_replicas);
}

/** Servers are found, and one of them answers. What is stored may still be on its way to the others. */
function hasCopies({ cluster }: StreamInfo, count: number): boolean {
  // nats.js has the list as always there, and the server leaves an empty one out.
  const others: readonly unknown[] = cluster?.replicas ?? [];
  return cluster?.leader !== undefined && others.length === count - 1;
}

/** Undefined for an error that has nothing to do with the number of copies. */
export function tooManyReplicas(error: unknown): LockstepError | undefined {
  if (!(error instanceof NatsError)) return undefined;
  const { err_code: number, description = '' } = error.api_error ?? {};
  if (number !== NOT_CLUSTERED && number !== NO_SUITABLE_PEERS) return undefined;
  return new LockstepError('INVALID_OPTION', `NATS cannot keep so many copies of the stores: ${description}.`, {
    hint: 'Give --nats-replicas at most the number of servers with JetStream in the NATS cluster, and start those that are down.',
    cause: error,
  });
}
