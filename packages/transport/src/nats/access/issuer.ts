/** Signs workers' credentials: for one worker, for a short time, with rights that the server holds to the worker's name. */
import { encodeUser } from '@nats-io/jwt';
import { fromPublic, fromSeed, type KeyPair } from '@nats-io/nkeys';
import { LockstepError } from '@lockstep/core';

export interface CredentialRequest {
  readonly worker: string;
  /** Of a key pair whose seed never leaves the worker. */
  readonly publicKey: string;
  /** How long it lets in. */
  readonly seconds: number;
}

export class CredentialIssuer {
  readonly #signer: KeyPair;
  readonly #account: string;

  /**
   * @param signingKey text of the file that `createBusTrust` makes for it
   * @throws LockstepError INVALID_OPTION for what is none
   */
  constructor(signingKey: string) {
    const [account = '', seed = ''] = signingKey.trim().split('\n');
    const signer = attempt(() => fromSeed(new TextEncoder().encode(seed.trim())));
    const isKey = [account, signer?.getPublicKey()].every((key) => key?.startsWith('A') === true);
    if (signer === undefined || !isKey || attempt(() => fromPublic(account.trim())) === undefined) {
      throw new LockstepError(
        'INVALID_OPTION',
        'the signing key of the bus is not an account and the seed of its key',
        {
          hint: 'give the file coordinator/worker-signing.seed that `lockstep secrets make` has made',
        },
      );
    }
    this.#account = account.trim();
    this.#signer = signer;
  }

  /** @throws LockstepError INVALID_OPTION for what is not the public key of a user */
  async issue({ worker, publicKey, seconds }: CredentialRequest, nowSeconds: number): Promise<string> {
    const user = publicUser(publicKey);
    return encodeUser(
      worker,
      user,
      this.#signer,
      { issuer_account: this.#account },
      { exp: Math.floor(nowSeconds + seconds), scopedUser: true },
    );
  }
}

function publicUser(publicKey: string): KeyPair {
  const user = attempt(() => fromPublic(publicKey));
  if (user !== undefined && publicKey.startsWith('U')) return user;
  throw new LockstepError('INVALID_OPTION', 'this is not the public key of a NATS user');
}

/** Undefined for what is no key: what the library has against it helps nobody. */
function attempt(read: () => KeyPair): KeyPair | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
