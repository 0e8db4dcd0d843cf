/** Which points of which curves the events of a job come to. Pure: what was written before goes in. */
import {
  metricsOf,
  type EpochMetrics,
  type JobEvent,
  type JobProgress,
  type JobStatus,
  type SplitMetrics,
} from '@lockstep/core';
import type { Scalar } from './event-file.js';

/** TensorBoard shows runs of one name beside each other, each in a colour of its own. */
export type RunName = 'train' | 'validation' | 'test';

export interface Point {
  readonly run: RunName;
  readonly scalar: Scalar;
  /** When it was, in seconds since 1970; undefined for now. */
  readonly wallSeconds: number | undefined;
}

/** What the curves have already. */
export interface Written {
  readonly epoch: number;
  readonly step: number;
  readonly test: boolean;
  /** Of the job's start, in seconds since 1970, where it is known. */
  readonly startedAt: number | undefined;
  /** That the written epochs took. */
  readonly seconds: number;
}

export const NOTHING_WRITTEN: Written = { epoch: 0, step: 0, test: false, startedAt: undefined, seconds: 0 };

/** By epoch `epoch_loss` and the like, as Keras names them; by step what the training samples came to so far. */
export function pointsOf(event: JobEvent, before: Written): { points: readonly Point[]; written: Written } {
  switch (event.type) {
    case 'progress':
      return progressPoints(event.progress, before);
    case 'epoch':
      return epochPoints([event.epoch], before);
    case 'state':
      return statusPoints(event.status, before);
    case 'worker':
      return { points: [], written: before };
  }
}

function progressPoints(progress: JobProgress, before: Written): { points: Point[]; written: Written } {
  if (progress.step <= before.step) return { points: [], written: before };
  const { step, loss, accuracy, learningRate, gradientNorm, samplesPerSecond } = progress;
  const values = { loss, accuracy, learning_rate: learningRate, gradient_norm: gradientNorm };
  const rate = samplesPerSecond > 0 ? { samples_per_second: samplesPerSecond } : {};
  const points = Object.entries({ ...values, ...rate }).flatMap(([tag, value]): Point[] =>
    value === null ? [] : [{ run: 'train', scalar: { tag, step, value }, wallSeconds: undefined }],
  );
  return { points, written: { ...before, step } };
}

/** After a reconnection the history has the epochs that ended meanwhile; the test comes with the end. */
function statusPoints(status: JobStatus, before: Written): { points: Point[]; written: Written } {
  const startedAt = status.startedAt === null ? undefined : Date.parse(status.startedAt) / 1000;
  const epochs = epochPoints(status.history, { ...before, startedAt });
  if (status.test === null || before.test) return epochs;
  const test = splitPoints('test', status.test, status.epochs, wallAfter(epochs.written));
  return { points: [...epochs.points, ...test], written: { ...epochs.written, test: true } };
}

function epochPoints(epochs: readonly EpochMetrics[], before: Written): { points: Point[]; written: Written } {
  const points: Point[] = [];
  let written = before;
  for (const { epoch, seconds, train, validation } of epochs) {
    if (epoch <= written.epoch) continue;
    written = { ...written, epoch, seconds: written.seconds + seconds };
    const wall = wallAfter(written);
    points.push(...splitPoints('train', train, epoch, wall));
    if (validation !== undefined) points.push(...splitPoints('validation', validation, epoch, wall));
  }
  return { points, written };
}

/** By the service's own clock, so that a job that is over is drawn as it was. */
function wallAfter({ startedAt, seconds }: Written): number | undefined {
  return startedAt === undefined ? undefined : startedAt + seconds;
}

/** What is not finite has no place in a curve. */
function splitPoints(run: RunName, metrics: SplitMetrics, epoch: number, wallSeconds: number | undefined): Point[] {
  return metricsOf(metrics).flatMap(({ key, value }): Point[] =>
    value === null ? [] : [{ run, scalar: { tag: `epoch_${snake(key)}`, step: epoch, value }, wallSeconds }],
  );
}

/** meanAbsoluteError is mean_absolute_error */
function snake(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
