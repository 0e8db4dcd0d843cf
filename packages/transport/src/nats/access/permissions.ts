/**
 * What each role may do on the bus. The coordinator may do everything in its account; a worker only what its part in the
 * protocol needs, and a process that has not enrolled yet only that.
 */
import { subjects } from '@lockstep/proto';
import { BUCKETS } from '../../buckets.js';
import { readsFrom, toAny } from './crossings.js';

export interface Permissions {
  readonly pub: { allow: string[] };
  readonly sub: { allow: string[] };
}

/** The server puts the credential's name here when it checks a credential that a scoped key has signed. */
const NAME = '{{name()}}';

/** Where the answers to a worker's requests go: nobody else may listen there. */
export function inboxOf(worker: string): string {
  return `_INBOX.${worker}`;
}

export const JOIN_INBOX = '_INBOX_JOIN';

const toName = (subject: (worker: string) => string): string => subject('name').replace(/name$/, NAME);

/** Of every worker's credential, bound to its name by the server. */
export const WORKER_PERMISSIONS: Permissions = {
  pub: {
    allow: [
      toName(subjects.hello),
      toName(subjects.enrol),
      toName(subjects.heartbeat),
      toName(subjects.request),
      toName(subjects.logs),
      toName(subjects.part),
      readsFrom(BUCKETS.shards),
      readsFrom(BUCKETS.graphs),
    ],
  },
  sub: {
    allow: [
      toName(subjects.order),
      toName(subjects.bulk),
      toAny(subjects.jobBegin),
      toAny(subjects.jobParameters),
      `${inboxOf(NAME)}.>`,
    ],
  },
};

/** Of the credential that all replicas of the worker start with: good for asking for one of their own. */
export const JOIN_PERMISSIONS: Permissions = {
  pub: { allow: [toAny(subjects.enrol)] },
  sub: { allow: [`${JOIN_INBOX}.>`] },
};
