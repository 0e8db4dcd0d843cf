export { ACTIVATIONS, type Activation } from './activations.js';
export { initialWeights } from './initial-weights.js';
export { INITIALIZERS, type Initializer, type WeightInitializer } from './initializers.js';
export { importedModelOutput, modelOutputOf } from './model-output.js';
export { weightsManifestOf } from './layers-model-weights.js';
export { planModel, type LayerPlan, type ModelPlan, type ModelPlanResult, type WeightPlan } from './model-plan.js';
export { LAYER_TYPES, type LayerInput, type LayerOptions, type LayerSpec, type LayerType } from './registry.js';
export { transferFaults, transferWeights } from './transfer-weights.js';
export { elementCount, formatShape, type Padding, type Shape } from './shape.js';
