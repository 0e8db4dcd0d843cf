/**
 * The chain of trust of a cluster's bus, in NATS' decentralised terms: an operator signs one account, the account's keys
 * sign users. Made once, when a cluster is set up.
 */
import { encodeAccount, encodeOperator, encodeUser, fmtCreds, newScopedSigner } from '@nats-io/jwt';
import { createAccount, createOperator, createUser, type KeyPair } from '@nats-io/nkeys';
import { JOIN_PERMISSIONS, WORKER_PERMISSIONS } from './permissions.js';

/** Texts of the files that a cluster needs; all but `serverConfig` are secrets. */
export interface BusTrust {
  /** For nats-server's configuration: whom it trusts. Holds public keys and signatures only. */
  readonly serverConfig: string;
  /** The coordinator's own way in: a `.creds` file. */
  readonly coordinatorCredentials: string;
  /** What workers enrol with: a `.creds` file. */
  readonly joinCredentials: string;
  /** The seed with which the coordinator signs workers' credentials; the server binds those to a worker's rights. */
  readonly workerSigningSeed: string;
}

const ROLE = 'worker';

/** Makes new keys. The operator's and the account's own keys are forgotten: nobody can change what they signed. */
export async function createBusTrust(): Promise<BusTrust> {
  const [operator, system, account, workerSigner] = [
    createOperator(),
    createAccount(),
    createAccount(),
    createAccount(),
  ];
  const systemAccount = system.getPublicKey();
  const operatorJwt = await encodeOperator('lockstep', operator, { system_account: systemAccount }, {});
  const systemJwt = await encodeAccount('SYS', system, {}, { signer: operator });
  const scope = newScopedSigner(workerSigner, ROLE, { ...WORKER_PERMISSIONS, ...UNLIMITED });
  const accountJwt = await encodeAccount(
    'LOCKSTEP',
    account,
    { limits: ACCOUNT_LIMITS, signing_keys: [scope] },
    { signer: operator },
  );
  return {
    serverConfig: serverConfig(operatorJwt, [
      [systemAccount, systemJwt],
      [account.getPublicKey(), accountJwt],
    ]),
    coordinatorCredentials: await credentials('coordinator', account, {}),
    joinCredentials: await credentials('join', account, JOIN_PERMISSIONS),
    workerSigningSeed: new TextDecoder().decode(workerSigner.getSeed()),
  };
}

const UNLIMITED = { subs: -1, data: -1, payload: -1 };
const ACCOUNT_LIMITS = {
  ...UNLIMITED,
  conn: -1,
  leaf: 0,
  imports: 0,
  exports: 0,
  mem_storage: 0,
  disk_storage: -1,
  streams: -1,
  consumer: -1,
};

async function credentials(name: string, account: KeyPair, permissions: object): Promise<string> {
  const user = createUser();
  const jwt = await encodeUser(name, user, account, permissions, {});
  return new TextDecoder().decode(fmtCreds(jwt, user));
}

function serverConfig(operator: string, accounts: readonly (readonly [string, string])[]): string {
  const preload = accounts.map(([key, jwt]) => `  ${key}: ${jwt}`).join('\n');
  return `operator: ${operator}\nresolver: MEMORY\nresolver_preload {\n${preload}\n}\n`;
}
