/** The status of a job that was just submitted. */
import type { JobPlan, JobProgress, JobStatus } from '@lockstep/core';

export function newStatus(id: string, plan: JobPlan, owner: string, now: Date): JobStatus {
  const { epochs, priority, data } = plan;
  return {
    id,
    name: plan.spec.name,
    owner,
    state: 'QUEUED',
    reason: 'waits for its turn',
    priority,
    queuePosition: null,
    term: 0,
    createdAt: now.toISOString(),
    startedAt: null,
    finishedAt: null,
    progress: newProgress(plan),
    history: [],
    workers: 0,
    dataset: { name: data.dataset, version: data.version, sha256: data.sha256 },
    parameters: plan.model.parameters,
    checkpoint: null,
    bestEpoch: null,
    model: null,
    weightsSha256: null,
    steps: plan.steps,
    epochs,
    seconds: 0,
    samplesPerSecond: 0,
    train: null,
    validation: null,
    test: null,
    classNames: plan.data.classNames,
    reissuedSlices: 0,
    rejectedParts: {},
    failure: null,
  };
}

function newProgress(plan: JobPlan): JobProgress {
  return {
    step: 0,
    steps: plan.steps,
    epoch: 0,
    epochs: plan.epochs,
    loss: null,
    accuracy: null,
    validationAccuracy: null,
    learningRate: null,
    gradientNorm: null,
    samplesPerSecond: 0,
    etaSeconds: null,
  };
}
