/** What the parts of the contract share. */
import type { ErrorCode } from '@lockstep/core';
import type { Transport } from '@lockstep/transport';
import { expect } from 'vitest';

export type Both = () => { one: Transport; two: Transport };

export const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));
export const text = (data: Uint8Array): string => Buffer.from(data).toString();
export const withCode = (code: ErrorCode): unknown => expect.objectContaining({ name: 'LockstepError', code });

let serial = 0;
/** A name that no other test uses: the adapters' systems outlive a test. */
export function unique(prefix: string): string {
  serial += 1;
  return `${prefix}-${process.pid}-${serial}`;
}

/** Subscribes, and returns what comes in, copied. Flushes, so that a message published afterwards is not missed. */
export async function collect(transport: Transport, subject: string): Promise<{ subject: string; data: Uint8Array }[]> {
  const received: { subject: string; data: Uint8Array }[] = [];
  transport.bulk.subscribe(subject, (message) => {
    received.push({ subject: message.subject, data: Uint8Array.from(message.data) });
  });
  await transport.bulk.flush();
  return received;
}
