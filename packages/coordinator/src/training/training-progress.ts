/** A job's position as people read it while it runs. */
import type { JobPlan, JobProgress, TrainingPosition } from '@lockstep/core';
import type { StepReport } from './training-loop.js';

export function progressOf(plan: JobPlan, position: TrainingPosition, report: StepReport): JobProgress {
  const { step, epoch, samples, seconds, history } = position;
  return {
    ...{ step, steps: plan.steps, epoch, epochs: plan.epochs },
    loss: report.sums.loss,
    accuracy: report.sums.accuracy,
    validationAccuracy: history.at(-1)?.validation?.accuracy ?? null,
    learningRate: report.learningRate,
    gradientNorm: report.gradientNorm,
    samplesPerSecond: samples / seconds,
    etaSeconds: (seconds / step) * (plan.steps - step),
  };
}
