/** Why there is no connection, in the project's terms: nobody there, the wrong one there, or we are not let in. */
import { LockstepError } from '@lockstep/core';
import { ErrorCode, NatsError } from 'nats';
import { serversOf, type NatsOptions } from './connect.js';

/** Of node:tls, besides those that begin with CERT_ or ERR_TLS_. */
const UNTRUSTED: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'HOSTNAME_MISMATCH',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

export function connectError(cause: unknown, options: NatsOptions): LockstepError {
  const servers = serversOf(options).map(withoutPassword).join(', ');
  const reason = cause instanceof Error ? cause.message : String(cause);
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (cause instanceof NatsError && (cause.isAuthError() || cause.isAuthTimeout()))
    return refused(cause, servers, options);
  if (code === ErrorCode.BadCreds) {
    return new LockstepError('INVALID_OPTION', 'what is given as NATS credentials is not a .creds file', {
      hint: '`lockstep secrets make` makes such files: coordinator/nats.creds and worker/join.creds.',
      cause,
    });
  }
  if (code === ErrorCode.ServerOptionNotAvailable) {
    return new LockstepError('NATS_NOT_TRUSTED', `The NATS server at ${servers} does not speak TLS (${reason}).`, {
      hint: 'Check the address. Leave --nats-ca away only where nobody else can reach the server.',
      cause,
    });
  }
  if (UNTRUSTED.has(code) || /^(?:CERT|ERR_TLS)_/.test(code)) return untrusted(cause, reason, code, servers, options);
  return new LockstepError('UNREACHABLE', `No NATS server answers at ${servers}: ${reason}.`, {
    hint: 'Check that nats-server runs and that the address is right.',
    cause,
  });
}

/** Of an address, what may be shown. */
function withoutPassword(server: string): string {
  return server.replace(/^([a-z]+:\/\/)?.*@/i, '$1');
}

function refused(cause: NatsError, servers: string, { credentials }: NatsOptions): LockstepError {
  if (credentials === undefined) {
    return new LockstepError('NATS_REFUSED', `The NATS server at ${servers} asks for credentials.`, {
      hint: 'Give a coordinator --nats-credentials, and a worker --join-credentials.',
      cause,
    });
  }
  return new LockstepError(
    'NATS_REFUSED',
    `The NATS server at ${servers} does not accept the credentials: it does not know them, or they have ended.`,
    { hint: 'They have to come from the same `lockstep secrets` as the trust.conf that the server has read.', cause },
  );
}

function untrusted(cause: unknown, reason: string, code: string, servers: string, { tls }: NatsOptions): LockstepError {
  const by = tls === undefined ? 'an authority that this machine knows' : 'the authority that was given';
  const message = `The NATS server at ${servers} cannot be trusted: ${reason} (by ${by}).`;
  return new LockstepError('NATS_NOT_TRUSTED', message, { hint: hintFor(code, tls !== undefined), cause });
}

function hintFor(code: string, isGiven: boolean): string {
  if (code === 'CERT_HAS_EXPIRED') return 'Renew it: lockstep secrets renew certificate.';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH') {
    return 'Use a name that it is for, or renew it with this one: lockstep secrets renew certificate --host <name>.';
  }
  return isGiven
    ? 'Give --nats-ca the nats-ca.pem that was made with the certificate of this server.'
    : 'Give the certificate of the authority that signed it: --nats-ca <file>.';
}
