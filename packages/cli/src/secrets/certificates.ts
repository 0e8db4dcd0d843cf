/** The certificates of a cluster's bus: an authority of its own, and the server's certificate that it signs. */
import 'reflect-metadata';
import { isIP } from 'node:net';
import { randomBytes, webcrypto, X509Certificate as NodeCertificate } from 'node:crypto';
import { LockstepError } from '@lockstep/core';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** A certificate and its key, in PEM; the key, PKCS #8, is a secret. */
export interface CertifiedKey {
  readonly certificate: string;
  readonly key: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MILLISECONDS = 86_400_000;
/** A clock that is a little behind must not find the certificate not valid yet. */
const BEFORE_DAYS = 1;
const VALID_DAYS = 3650;

/** Whom clients trust. */
export async function createAuthority(now: Date): Promise<CertifiedKey> {
  const keys = await newKeys();
  const authority = await X509CertificateGenerator.createSelfSigned({
    ...{ ...validity(now), serialNumber: serial(), name: 'CN=Lockstep cluster', signingAlgorithm: ALGORITHM, keys },
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  return { certificate: pem(authority), key: await privateKey(keys) };
}

/**
 * @param hosts names and addresses under which clients reach the server
 * @throws LockstepError INVALID_OPTION for an authority that is none
 */
export async function createServerCertificate(
  authority: CertifiedKey,
  hosts: readonly string[],
  now: Date,
): Promise<CertifiedKey> {
  const issuer = await readAuthority(authority);
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.create({
    ...{ ...validity(now), serialNumber: serial(), subject: 'CN=nats', issuer: issuer.certificate.subject },
    ...{ signingAlgorithm: ALGORITHM, publicKey: keys.publicKey, signingKey: issuer.key },
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(hosts.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }))),
    ],
  });
  return { certificate: pem(certificate), key: await privateKey(keys) };
}

/** Names and addresses that a certificate is for. */
export function hostsOf(certificate: string): readonly string[] {
  const names = new X509Certificate(certificate).getExtension(SubjectAlternativeNameExtension)?.names.items ?? [];
  return names.map(({ value }) => value);
}

/** Whether a client that connects to this name or address will take the certificate for the right one. */
export function isFor(certificate: string, host: string): boolean {
  const read = new NodeCertificate(certificate);
  return (isIP(host) === 0 ? read.checkHost(host) : read.checkIP(host)) !== undefined;
}

async function readAuthority({
  certificate,
  key,
}: CertifiedKey): Promise<{ certificate: X509Certificate; key: webcrypto.CryptoKey }> {
  try {
    const [bytes = new ArrayBuffer(0)] = PemConverter.decode(key);
    return {
      certificate: new X509Certificate(certificate),
      key: await webcrypto.subtle.importKey('pkcs8', bytes, ALGORITHM, false, ['sign']),
    };
  } catch (error) {
    throw new LockstepError('INVALID_OPTION', 'the authority that signs the bus’s certificates is damaged', {
      hint: 'put the folder `authority` back from a backup',
      cause: error,
    });
  }
}

function validity(now: Date): { notBefore: Date; notAfter: Date } {
  return {
    notBefore: new Date(now.getTime() - BEFORE_DAYS * DAY_MILLISECONDS),
    notAfter: new Date(now.getTime() + VALID_DAYS * DAY_MILLISECONDS),
  };
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

async function privateKey({ privateKey }: webcrypto.CryptoKeyPair): Promise<string> {
  return `${PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', privateKey), 'PRIVATE KEY')}\n`;
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
