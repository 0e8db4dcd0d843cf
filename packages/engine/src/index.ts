export { graphPlan } from './graph-plan.js';
export { recordJob, sliceShapes, UPDATE_KEY, type RecordedGraph } from './job-graphs.js';
export {
  exportLayersModel,
  LAYERS_MODEL_FILES,
  littleEndianBytes,
  WEIGHTS_FILE,
  type ModelFile,
} from './model/export.js';
export { countLength, hasConfusion, metricSumLength } from './model/metrics.js';
export { cpuClass } from './native/cpu-class.js';
export { applyNativeEnvironment } from './native/environment.js';
export { tensorsAtLastCall, type TensorCount } from './native/tensor-count.js';
export { checkThreads, type ThreadCheck } from './native/thread-check.js';
export { ParameterState, type ParameterSnapshot, type UpdateResult } from './parameter-state.js';
export { LOSS_VALUES, shapeKey, valueLength, type SliceGraphShape, type SliceKind } from './slice-graph.js';
export { SliceRunner, type SliceCall, type SliceResult, type SliceRunnerOptions } from './slice-runner.js';
export { type ForwardModel } from './predict/forward-graph.js';
export { Predictor } from './predict/predictor.js';
export { exportSavedModel } from './predict/saved-model-export.js';
