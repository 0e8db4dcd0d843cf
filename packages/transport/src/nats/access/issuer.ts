/** Signs workers' credentials: for one worker, for a short time, with rights that the server holds to the worker's name. */
import { encodeUser, parseCreds } from '@nats-io/jwt';
import { fromPublic, fromSeed, type KeyPair } from '@nats-io/nkeys';
import { isLockstepError, LockstepError } from '@lockstep/core';

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
   * @param coordinatorCredentials text of the `.creds` file of the account's own user: workers are let into that account
   * @throws LockstepError INVALID_OPTION for what is neither such a file nor a signing key's seed
   */
  static async open(signingSeed: string, coordinatorCredentials: string): Promise<CredentialIssuer> {
    try {
      const { aid } = await parseCreds(new TextEncoder().encode(coordinatorCredentials));
      return new CredentialIssuer(signingSeed, aid);
    } catch (error) {
      if (isLockstepError(error)) throw error;
      throw new LockstepError('INVALID_OPTION', "the coordinator's NATS credentials are not a .creds file", {
        cause: error,
      });
    }
  }

  private constructor(signingSeed: string, account: string) {
    this.#account = account;
    const signer = attempt(() => fromSeed(new TextEncoder().encode(signingSeed.trim())));
    if (signer?.getPublicKey().startsWith('A') !== true) {
      throw new LockstepError('INVALID_OPTION', 'the signing key of the bus is not the seed of an account key', {
        hint: 'give the file coordinator/worker-signing.seed that `lockstep secrets make` has made',
      });
    }
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
