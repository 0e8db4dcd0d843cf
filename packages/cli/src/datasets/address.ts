/** How a dataset is named on the command line: `wine` for its newest version, `wine@2` for a certain one. */
import { datasetName, LockstepError } from '@lockstep/core';

export interface DatasetAddress {
  readonly name: string;
  readonly version: number | undefined;
}

/** @throws LockstepError INVALID_OPTION */
export function parseAddress(text: string): DatasetAddress {
  const [, name = '', version] = /^([^@]+)(?:@([1-9]\d{0,5}))?$/.exec(text) ?? [];
  if (datasetName.safeParse(name).success) {
    return { name, version: version === undefined ? undefined : Number(version) };
  }
  throw new LockstepError('INVALID_OPTION', `${JSON.stringify(text.slice(0, 120))} names no dataset`, {
    hint: 'Write its name, such as wine, or wine@2 for a certain version.',
  });
}
