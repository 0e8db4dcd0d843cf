/**
 * How far answers are checked: enough that a wrong address, a proxy's page or another version fails here with a
 * sentence instead of later with an undefined. The coordinator has validated the content; it is not done again.
 */
import { JOB_STATES, type JobState, type JobStatus } from '@lockstep/core';
import { strangeAnswer } from './problem.js';

export function parseJson(text: string, url: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw strangeAnswer(url, `${what} is not JSON`);
  }
}

export function expectObject(value: unknown, url: string, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw strangeAnswer(url, `${what} is not an object`);
}

export function expectArray(value: unknown, url: string, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  throw strangeAnswer(url, `${what} is not a list`);
}

export function expectString(value: unknown, url: string, what: string): string {
  if (typeof value === 'string') return value;
  throw strangeAnswer(url, `${what} is not a text`);
}

export function expectJobStatus(value: unknown, url: string): JobStatus {
  const status = expectObject(value, url, 'the status of a job');
  expectString(status['id'], url, 'the id of a job');
  expectObject(status['progress'], url, 'the progress of a job');
  if (!JOB_STATES.includes(status['state'] as JobState)) {
    throw strangeAnswer(url, `a job is in the unknown state ${JSON.stringify(status['state'])}`);
  }
  return status as unknown as JobStatus;
}
