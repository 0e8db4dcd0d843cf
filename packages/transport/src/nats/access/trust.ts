/**
 * The chain of trust of a cluster's bus, in NATS' decentralised terms: an operator signs one account, the account's keys
 * sign users. Made when a cluster is set up, and again from the same authority when its credentials are renewed.
 */
import { encodeAccount, encodeOperator, encodeUser, fmtCreds, newScopedSigner, parseCreds } from '@nats-io/jwt';
import { createAccount, createOperator, createUser, fromSeed, type KeyPair } from '@nats-io/nkeys';
import { LockstepError } from '@lockstep/core';
import { exportsToWorkers, importsOfWorkers } from './crossings.js';
import { JOIN_PERMISSIONS, WORKER_PERMISSIONS } from './permissions.js';

/**
 * Seeds of the keys that everything else hangs on. No service has them. JetStream keeps an account's data under the
 * account's key, so a cluster that loses it loses sight of its data with the next renewal.
 */
export interface BusAuthority {
  readonly operatorSeed: string;
  readonly accountSeed: string;
}

/** Texts of the files that a cluster needs; all but `serverConfig` are secrets. */
export interface BusTrust {
  /** For nats-server's configuration: whom it trusts. Holds public keys and signatures only. */
  readonly serverConfig: string;
  /** The coordinator's own way in: a `.creds` file. */
  readonly coordinatorCredentials: string;
  /** What workers enrol with: a `.creds` file. */
  readonly joinCredentials: string;
  /**
   * With what the coordinator signs workers' credentials: the seed of a key whose signature the server binds to a
   * worker's rights, and before it the public key of the account that workers are let into.
   */
  readonly workerSigningKey: string;
}

const ROLE = 'worker';

export function createBusAuthority(): BusAuthority {
  return { operatorSeed: seedOf(createOperator()), accountSeed: seedOf(createAccount()) };
}

/** Credentials that new ones take the place of. */
export interface OutdatedCredentials {
  /** The text of the coordinator's `.creds` file, which must not let in any more. */
  readonly coordinator: string;
  /** Whatever was issued before must not let in either. */
  readonly now: Date;
}

/**
 * Makes new keys for everybody and signs them.
 *
 * @throws LockstepError INVALID_OPTION for an authority that is none
 */
export async function createBusTrust(
  authority: BusAuthority = createBusAuthority(),
  outdated?: OutdatedCredentials,
): Promise<BusTrust> {
  const [operator, account] = [keyOf(authority.operatorSeed, 'O'), keyOf(authority.accountSeed, 'A')];
  const [system, workers, workerSigner] = [createAccount(), createAccount(), createAccount()];
  const systemAccount = system.getPublicKey();
  const operatorJwt = await encodeOperator('lockstep', operator, { system_account: systemAccount }, {});
  const systemJwt = await encodeAccount('SYS', system, {}, { signer: operator });
  const scope = newScopedSigner(workerSigner, ROLE, { ...WORKER_PERMISSIONS, ...UNLIMITED });
  const accountJwt = await encodeAccount(
    'LOCKSTEP',
    account,
    { limits: JETSTREAM_LIMITS, exports: exportsToWorkers(), revocations: await revocations(outdated) },
    { signer: operator },
  );
  // Made anew each time: nothing is kept in it, and who was let into the one before is out.
  const workersJwt = await encodeAccount(
    'WORKERS',
    workers,
    { limits: LIMITS, signing_keys: [scope], imports: importsOfWorkers(account.getPublicKey()) },
    { signer: operator },
  );
  return {
    serverConfig: serverConfig(operatorJwt, [
      [systemAccount, systemJwt],
      [account.getPublicKey(), accountJwt],
      [workers.getPublicKey(), workersJwt],
    ]),
    coordinatorCredentials: await credentials('coordinator', account, {}),
    joinCredentials: await credentials('join', workers, JOIN_PERMISSIONS),
    workerSigningKey: `${workers.getPublicKey()}\n${seedOf(workerSigner)}\n`,
  };
}

const UNLIMITED = { subs: -1, data: -1, payload: -1 };
/** Without JetStream. */
const LIMITS = { ...UNLIMITED, conn: -1, leaf: 0, imports: -1, exports: -1, wildcards: true };
const JETSTREAM_LIMITS = { ...LIMITS, mem_storage: 0, disk_storage: -1, streams: -1, consumer: -1 };

/**
 * By public key, until when in seconds; `*` is everybody. The second that has begun is left out of that, or the new ones
 * would be revoked as well; so the coordinator's is named besides. Those of workers are of an account that is gone.
 */
async function revocations(outdated: OutdatedCredentials | undefined): Promise<Record<string, number>> {
  if (outdated === undefined) return {};
  const seconds = Math.floor(outdated.now.getTime() / 1000);
  const { uc } = await parseCreds(new TextEncoder().encode(outdated.coordinator));
  return { '*': seconds - 1, [uc.sub]: seconds };
}

async function credentials(name: string, account: KeyPair, permissions: object): Promise<string> {
  const user = createUser();
  const jwt = await encodeUser(name, user, account, permissions, {});
  return new TextDecoder().decode(fmtCreds(jwt, user));
}

function serverConfig(operator: string, accounts: readonly (readonly [string, string])[]): string {
  const preload = accounts.map(([key, jwt]) => `  ${key}: ${jwt}`).join('\n');
  return `operator: ${operator}\nresolver: MEMORY\nresolver_preload {\n${preload}\n}\n`;
}

function seedOf(key: KeyPair): string {
  return new TextDecoder().decode(key.getSeed());
}

/** @param kind the letter that public keys of the kind begin with */
function keyOf(seed: string, kind: 'O' | 'A'): KeyPair {
  try {
    const key = fromSeed(new TextEncoder().encode(seed.trim()));
    if (key.getPublicKey().startsWith(kind)) return key;
  } catch {
    // Said below: what the library has against it helps nobody.
  }
  const what = kind === 'O' ? 'an operator' : 'an account';
  throw new LockstepError('INVALID_OPTION', `the authority of the bus is damaged: this is not the seed of ${what}`, {
    hint: 'put the folder `authority` back from a backup',
  });
}
