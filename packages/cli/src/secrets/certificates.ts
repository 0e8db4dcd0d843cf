/** The certificates of a cluster's bus: an authority of its own, whose key is forgotten, and one server's certificate. */
import 'reflect-metadata';
import { isIP } from 'node:net';
import { randomBytes, webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

export interface Certificates {
  /** PEM: whom clients trust. */
  readonly authority: string;
  readonly certificate: string;
  /** PEM, PKCS #8: a secret of the server's. */
  readonly key: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MILLISECONDS = 86_400_000;
/** A clock that is a little behind must not find the certificate not valid yet. */
const BEFORE_DAYS = 1;
const VALID_DAYS = 3650;

/** @param hosts names and addresses under which clients reach the server */
export async function createCertificates(hosts: readonly string[], now = new Date()): Promise<Certificates> {
  const validity = {
    notBefore: new Date(now.getTime() - BEFORE_DAYS * DAY_MILLISECONDS),
    notAfter: new Date(now.getTime() + VALID_DAYS * DAY_MILLISECONDS),
  };
  const authorityKeys = await newKeys();
  const authority = await X509CertificateGenerator.createSelfSigned({
    ...{ ...validity, serialNumber: serial(), name: 'CN=Lockstep cluster', signingAlgorithm: ALGORITHM },
    keys: authorityKeys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  const serverKeys = await newKeys();
  const certificate = await X509CertificateGenerator.create({
    ...{ ...validity, serialNumber: serial(), subject: 'CN=nats', issuer: authority.subject },
    ...{ signingAlgorithm: ALGORITHM, publicKey: serverKeys.publicKey, signingKey: authorityKeys.privateKey },
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(hosts.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }))),
    ],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', serverKeys.privateKey);
  return {
    authority: `${authority.toString('pem')}\n`,
    certificate: `${certificate.toString('pem')}\n`,
    key: `${PemConverter.encode(key, 'PRIVATE KEY')}\n`,
  };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

/** Positive, as the standard (RFC 5280, 4.1.2.2) has it. */
function serial(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return bytes.toString('hex');
}
