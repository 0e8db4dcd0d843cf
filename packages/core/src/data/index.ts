export { epochOrder, minibatch, shardsOf, splitTraining } from './minibatches.js';
export {
  readSafetensors,
  writeSafetensors,
  type SafeTensor,
  type SafetensorsFile,
  type TensorDtype,
} from './safetensors.js';
export { sha256Of } from './sha256.js';
export {
  cellNumber,
  cellText,
  columnFeatureNames,
  columnWidth,
  decodeRow,
  encodeCell,
  isMissing,
  type Cell,
} from './columns.js';
