/** Ctrl-C and its relatives: the first asks for an orderly end, the second ends at once. */
import { LockstepError } from '@lockstep/core';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface InterruptHandlers {
  first(signal: NodeJS.Signals): void;
  second(): void;
}

/** @returns a function that stops listening */
export function listenForInterrupts(handlers: InterruptHandlers): () => void {
  let seen = 0;
  const listener = (signal: NodeJS.Signals): void => {
    seen += 1;
    if (seen === 1) handlers.first(signal);
    else if (seen === 2) handlers.second();
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
}

export function interruptedError(signal: NodeJS.Signals): LockstepError {
  return new LockstepError('CANCELLED', `interrupted by ${signal}`);
}
