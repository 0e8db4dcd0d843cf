/** A test of the compose file's cluster: it goes on where the one before has ended, and its failure shows the logs. */
import { it, onTestFailed } from 'vitest';
import type { JobObject } from '../support/jobs.js';
import { trainedAlone } from '../support/cluster.js';
import type { Stack } from './stack.js';

const EMBEDDED_MILLISECONDS = 900_000;

/** The stack is there once the tests run. */
export type GetStack = () => Stack;
export type Scene = (title: string, body: (stack: Stack) => Promise<void>, milliseconds?: number) => void;

export function scenesOf(getStack: GetStack): Scene {
  return (title, body, milliseconds) => {
    const test = async (): Promise<void> => {
      onTestFailed(async () => {
        process.stderr.write(await getStack().logs());
      });
      await body(getStack());
    };
    it(title, test, milliseconds);
  };
}

const embeddedHashes = new Map<string, Promise<string>>();

/** The hash that the embedded cluster comes to: processes on this machine, without containers. Worked out once a job. */
export function embeddedHash(job: JobObject): Promise<string> {
  const key = JSON.stringify(job);
  const hash = embeddedHashes.get(key) ?? trainEmbedded(job);
  embeddedHashes.set(key, hash);
  return hash;
}

async function trainEmbedded(job: JobObject): Promise<string> {
  const { weightsSha256 } = await trainedAlone(job, EMBEDDED_MILLISECONDS);
  return weightsSha256 as string;
}
