/** Layers that only arrange their input anew. */
import { z } from 'zod';
import { defineLayer, positiveCount } from '../layer-definition.js';
import { elementCount, formatShape } from '../shape.js';

export const flatten = defineLayer({
  baseName: 'flatten',
  options: z.strictObject({}),
  infer(_options, input) {
    // tfjs's layer refuses it too, so a model that had it could not be exported.
    if (input.length < 2) return { misfit: `its input of ${formatShape(input)} is flat already; leave flatten out` };
    return { outputShape: [elementCount(input)], weights: [], multiplyAdds: 0 };
  },
});

export const reshape = defineLayer({
  baseName: 'reshape',
  options: z.strictObject({
    /** One dimension may be -1: whatever is left. */
    targetShape: z
      .array(z.union([positiveCount, z.literal(-1)]))
      .min(1)
      .max(5),
  }),
  infer({ targetShape }, input) {
    const unknown = targetShape.filter((size) => size === -1).length;
    if (unknown > 1) return { misfit: 'targetShape may have only one dimension of -1' };
    const total = elementCount(input);
    const known = elementCount(targetShape.filter((size) => size !== -1));
    const fits = unknown === 0 ? known === total : total % known === 0;
    if (!fits) {
      return {
        misfit: `targetShape ${formatShape(targetShape)} does not hold the ${total} elements of its input ${formatShape(input)}`,
      };
    }
    const outputShape = targetShape.map((size) => (size === -1 ? total / known : size));
    return { outputShape, weights: [], multiplyAdds: 0 };
  },
});
