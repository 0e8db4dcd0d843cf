/** Someone who has taken over a worker's credential, and what they must not be able to do with it. */
import { subjects } from '@lockstep/proto';
import { BUCKETS } from '@lockstep/transport';
import { headers, type NatsConnection } from 'nats';
import { waitFor } from './wait-for.js';

/** @param own the worker whose credential it is */
function forbiddenPublishes(own: string, other: string, job: string): string[] {
  const object = 'M.b2JqZWN0';
  return [
    ...[subjects.heartbeat(other), subjects.request(other), subjects.logs(other), subjects.part(other)],
    ...[subjects.hello(other), subjects.enrol(other), subjects.order(other), subjects.order(own), subjects.bulk(other)],
    ...[subjects.jobBegin(job), subjects.jobParameters(job)],
    ...[`$O.${BUCKETS.shards}.${object}`, `$O.${BUCKETS.checkpoints}.${object}`, `$KV.${BUCKETS.jobs}.job-1`],
    `$JS.API.STREAM.DELETE.OBJ_${BUCKETS.shards}`,
    `$JS.API.STREAM.PURGE.OBJ_${BUCKETS.shards}`,
    `$JS.API.STREAM.CREATE.mine`,
    `$JS.API.CONSUMER.CREATE.OBJ_${BUCKETS.shards}`,
    `$JS.API.DIRECT.GET.OBJ_${BUCKETS.checkpoints}`,
    `$JS.API.DIRECT.GET.OBJ_${BUCKETS.models}`,
    `$JS.API.DIRECT.GET.KV_${BUCKETS.jobs}`,
    `$JS.API.STREAM.MSG.GET.KV_${BUCKETS.jobs}`,
    // A worker that is shut out would let itself in again.
    `$KV.${BUCKETS.revokedWorkers}.${own}`,
    `$JS.API.STREAM.PURGE.KV_${BUCKETS.revokedWorkers}`,
    ...['$JS.API.INFO', '$JS.API.STREAM.NAMES', '$JS.API.ACCOUNT.PURGE.x'],
    // Where workers of version 1 of the protocol speak, whatever their name.
    subjects.formerHello,
    ...['$SYS.REQ.SERVER.PING', '$SYS.REQ.USER.INFO', '$SYS.REQ.ACCOUNT.PING.CONNZ'],
    `_INBOX.${other}.x`,
  ];
}

/** Where the server is to say how a message, that may be sent, has gone: it says so in its own name. */
function forbiddenTraces(other: string, job: string): string[] {
  return [
    ...[subjects.order(other), subjects.bulk(other), subjects.part(other), subjects.jobBegin(job)],
    ...[`$KV.${BUCKETS.jobs}.job-1`, `$JS.API.STREAM.PURGE.OBJ_${BUCKETS.shards}`, `_INBOX.${other}.x`],
  ];
}

function forbiddenSubscriptions(other: string): string[] {
  return [
    ...['>', '_INBOX.>', `_INBOX.${other}.>`, '_INBOX_JOIN.>'],
    ...[subjects.order(other), subjects.bulk(other)],
    ...[subjects.allParts, subjects.allHeartbeats, subjects.allEnrolments],
    ...[`$KV.${BUCKETS.jobs}.>`, '$JS.EVENT.>', '$SYS.>', 'lockstep.v1.>'],
  ];
}

/**
 * Subjects to be answered on, which the server does not hold against a publisher's rights: what answers has rights of its
 * own. Whatever comes of it must stay among workers.
 */
function forbiddenReplies(other: string): string[] {
  return [
    `$JS.API.STREAM.PURGE.OBJ_${BUCKETS.checkpoints}`,
    `$JS.API.STREAM.DELETE.OBJ_${BUCKETS.shards}`,
    `$JS.API.STREAM.PURGE.KV_${BUCKETS.revokedWorkers}`,
    `$KV.${BUCKETS.jobs}.job-1`,
    `$O.${BUCKETS.checkpoints}.M.b2JqZWN0`,
    ...[subjects.part(other), subjects.heartbeat(other), subjects.request(other)],
  ];
}

/** Where workers hear the coordinator: answers do come there, and workers must not take them for what it says. */
export function heardByWorkers(other: string, job: string): string[] {
  return [subjects.jobParameters(job), subjects.jobBegin(job), subjects.bulk(other), subjects.order(other)];
}

/** Has everything that answers a worker answer where the intruder has no right to speak. Nothing is refused of it. */
export async function tryForbiddenReplies(
  connection: NatsConnection,
  { own, other, job }: { readonly own: string; readonly other: string; readonly job: string },
): Promise<void> {
  const asked: [string, string][] = [
    [subjects.hello(own), '{}'],
    [subjects.enrol(own), '{}'],
    ...[1, 2, 3, 4, 5].map((seq): [string, string] => [
      `$JS.API.DIRECT.GET.OBJ_${BUCKETS.shards}`,
      JSON.stringify({ seq }),
    ]),
    [`$JS.API.DIRECT.GET.OBJ_${BUCKETS.graphs}`, ''],
  ];
  for (const reply of [...forbiddenReplies(other), ...heardByWorkers(other, job)]) {
    for (const [subject, body] of asked) connection.publish(subject, body, { reply });
  }
  await connection.flush();
}

export interface Attempts {
  /** What the server has refused, as `publish <subject>` and `subscription <subject>`, sorted. */
  readonly refused: readonly string[];
  /** What was tried, in the same form. */
  readonly tried: readonly string[];
  /** Subjects of what came in by the forbidden subscriptions; grows as more comes. */
  readonly leaked: readonly string[];
}

/** Tries everything that is forbidden, and waits until the server has answered to as much. */
export async function tryWhatIsForbidden(
  connection: NatsConnection,
  { own, other, job }: { readonly own: string; readonly other: string; readonly job: string },
): Promise<Attempts> {
  const refused: string[] = [];
  const leaked: string[] = [];
  void (async () => {
    for await (const { permissionContext } of connection.status()) {
      const { operation, subject } = permissionContext ?? {};
      if (subject !== undefined) refused.push(`${operation} ${subject}`);
    }
  })();
  const [publishes, subscriptions] = [forbiddenPublishes(own, other, job), forbiddenSubscriptions(other)];
  for (const subject of subscriptions) {
    connection.subscribe(subject, { callback: (error, message) => error === null && leaked.push(message.subject) });
  }
  for (const subject of publishes) connection.publish(subject, '{}');
  const traced = forbiddenTraces(other, job);
  for (const subject of traced) {
    const asking = headers();
    asking.set('Nats-Trace-Dest', subject);
    connection.publish(subjects.heartbeat(own), '{}', { headers: asking });
  }
  await connection.flush();
  const tried = [
    ...[...publishes, ...traced].map((subject) => `publish ${subject}`),
    ...subscriptions.map((subject) => `subscription ${subject}`),
  ].sort();
  await waitFor(() => refused.length === tried.length, 'every refusal');
  return { refused: refused.sort(), tried, leaked };
}
