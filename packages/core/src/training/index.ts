export { checkpointDue, type CheckpointMoment } from './checkpoint-due.js';
export { continuationFaults, continuedPosition, decidingSpec } from './continuation.js';
export { learningRate } from './learning-rate.js';
export {
  afterEpoch,
  afterStep,
  firstPosition,
  fitsRules,
  isTrained,
  stepsInEpoch,
  trainingPositionSchema,
  type EpochEnd,
  type TrainingPosition,
} from './position.js';
export { trainingRules, type TrainingRules } from './rules.js';
export { wholePower } from './whole-power.js';
