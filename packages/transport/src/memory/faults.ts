/** The faults that a test can script into a MemoryNetwork. */

export type BusName = 'control' | 'bulk';

/** A message on its way to one subscription. */
export interface Delivery {
  readonly subject: string;
  readonly data: Uint8Array;
  /** Names of the transports that it comes from and goes to. */
  readonly from: string;
  readonly to: string;
  readonly bus: BusName;
}

/** What happens to a delivery; `overtakenBy`: that many later deliveries go first (or all there are). */
export type Fault = 'none' | 'drop' | 'double' | { readonly overtakenBy: number };

/** `fail`: the store is not asked; `lose-answer`: it does what was asked, and the caller learns of a time-out. */
export type StoreFault = 'none' | 'fail' | 'lose-answer';

export interface StoreOperation {
  readonly kind: 'get' | 'put' | 'has' | 'update' | 'delete' | 'list';
  readonly store: string;
  /** Object name or key; empty for list. */
  readonly name: string;
  readonly from: string;
}

/** Stands for bytes that do not have their hash any more. */
export const DAMAGED = new Uint8Array(0);
