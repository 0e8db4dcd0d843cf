/** Which model a command is about. */
import { LockstepError, parseModelReference, type ModelReference } from '@lockstep/core';

/**
 * @param explicit whether the version has to be said as a number
 * @throws LockstepError INVALID_OPTION
 */
export function parseModel(text: string, { explicit = false }: { readonly explicit?: boolean } = {}): ModelReference {
  const reference = parseModelReference(text);
  if (reference !== undefined && !(explicit && typeof reference.version !== 'number')) return reference;
  const hint = explicit
    ? 'Write <name>/<version> with the number of the version, such as mnist-cnn/2.'
    : 'Write <name>, <name>/<version> or <name>/<alias>, such as mnist-cnn/champion.';
  throw new LockstepError(
    'INVALID_OPTION',
    `${JSON.stringify(text.slice(0, 120))} names no ${explicit ? 'version of a ' : ''}model`,
    { hint },
  );
}
