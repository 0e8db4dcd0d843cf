/**
 * What may pass between the coordinator's account, which has JetStream, and the workers'. The server holds publishers to
 * their subjects, but not to the subjects that they want to be answered on: an answer goes wherever a request says, with
 * the rights of who answers. In an account of their own, workers can name no subject of the coordinator's as that.
 */
import type { Export, Import } from '@nats-io/jwt';
import { subjects } from '@lockstep/proto';
import { BUCKETS } from '../../buckets.js';
import { streamOf } from '../object-reader.js';

/** What workers say and ask, by what it is. */
const SERVICES: Readonly<Record<string, string>> = {
  hello: subjects.allHellos,
  enrolments: subjects.allEnrolments,
  heartbeats: subjects.allHeartbeats,
  requests: subjects.allRequests,
  logs: subjects.allLogs,
  parts: subjects.allParts,
  shards: readsFrom(BUCKETS.shards),
  graphs: readsFrom(BUCKETS.graphs),
};

/** What the coordinator says to workers. */
const STREAMS: Readonly<Record<string, string>> = {
  orders: toAny(subjects.order),
  bulk: toAny(subjects.bulk),
  begins: toAny(subjects.jobBegin),
  parameters: toAny(subjects.jobParameters),
};

export function exportsToWorkers(): Export[] {
  return [
    ...entries(SERVICES).map(([name, subject]) => ({ name, subject, type: 'service' as const })),
    ...entries(STREAMS).map(([name, subject]) => ({ name, subject, type: 'stream' as const })),
  ];
}

/** @param account the public key of the coordinator's */
export function importsOfWorkers(account: string): Import[] {
  return [
    ...entries(SERVICES).map(([name, subject]) => ({ name, subject, account, to: subject, type: 'service' as const })),
    ...entries(STREAMS).map(([name, subject]) => ({ name, subject, account, type: 'stream' as const })),
  ];
}

/** The subject with a wildcard for whom it is of. */
export function toAny(subject: (name: string) => string): string {
  return subject('any').replace('any', '*');
}

export function readsFrom(store: string): string {
  return `$JS.API.DIRECT.GET.${streamOf(store)}`;
}

function entries(subjectsByName: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(subjectsByName);
}
