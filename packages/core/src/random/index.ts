export { inverseNormal, naturalLog, nextNormal, nextTruncatedNormal } from './normal.js';
export { philox4x32, type PhiloxBlock } from './philox.js';
export { permutation } from './shuffle.js';
export { randomStream, sliceSeed, type RandomPurpose, type RandomStream } from './stream.js';
