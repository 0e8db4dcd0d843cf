/** A job's status as the coordinator would send it. */
import type { EpochMetrics, JobProgress, JobState, JobStatus } from '@lockstep/core';

export function jobProgress(changes: Partial<JobProgress> = {}): JobProgress {
  return {
    step: 0,
    steps: 100,
    epoch: 1,
    epochs: 5,
    loss: null,
    accuracy: null,
    validationAccuracy: null,
    learningRate: null,
    gradientNorm: null,
    samplesPerSecond: 0,
    etaSeconds: null,
    ...changes,
  };
}

export function epochMetrics(epoch: number): EpochMetrics {
  return {
    epoch,
    steps: 20,
    seconds: 1,
    samplesPerSecond: 6900.4,
    train: { samples: 7200, loss: 0.0712, accuracy: 0.97812 },
    validation: { samples: 800, loss: 0.08, accuracy: 0.9725 },
  };
}

export function jobStatus(state: JobState, changes: Partial<JobStatus> = {}): JobStatus {
  return {
    id: 'job-1',
    name: 'mnist-cnn',
    owner: 'local',
    state,
    reason: '',
    priority: 0,
    queuePosition: null,
    term: 1,
    createdAt: '2026-01-01T00:00:00.000Z',
    startedAt: null,
    finishedAt: null,
    progress: jobProgress(),
    history: [],
    workers: 2,
    dataset: null,
    checkpoint: null,
    bestEpoch: null,
    model: null,
    parameters: 225_034,
    weightsSha256: null,
    steps: 100,
    epochs: 5,
    seconds: 12.34,
    samplesPerSecond: 6900,
    train: null,
    validation: null,
    test: null,
    classNames: [],
    reissuedSlices: 0,
    rejectedParts: {},
    failure: null,
    ...changes,
  };
}
