/** `lockstep dataset import`: from the words of the command line to a version that the service has. */
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { isLockstepError, LockstepError, splitName, type DatasetManifest } from '@lockstep/core';
import type { LockstepClient } from '@lockstep/client';
import {
  guessFormat,
  openSource,
  type Format,
  type InputPart,
  type MissingRule,
  type Normalisation,
  type SplitShare,
} from '@lockstep/datasets';
import { printResult, type Context } from '../commands/context.js';
import { connect, type ConnectionOptions } from '../connection/connect.js';
import { interruptible } from '../jobs/watch-job.js';
import { EXIT } from '../output/failure.js';
import { bytesText, counted } from '../output/numbers.js';
import { parseAddress } from './address.js';
import { createImportDisplay, type ImportDisplay } from './import-display.js';
import { importSource, type Imported } from './import-source.js';
import { renderDatasets } from './render-manifest.js';

/** As commander hands them over. */
export interface ImportOptions extends ConnectionOptions {
  readonly format?: Format;
  readonly test?: number;
  readonly validation?: number;
  readonly seed: number;
  readonly normalisation?: Normalisation;
  readonly label: readonly string[];
  readonly task?: 'classification' | 'regression';
  readonly categorical: readonly string[];
  readonly ignore: readonly string[];
  readonly missing: MissingRule;
  readonly delimiter?: string;
  readonly size?: { readonly height: number; readonly width: number };
  readonly colour?: 'grey' | 'colour';
  readonly skipBroken?: true;
  readonly classes?: readonly string[];
  readonly source?: string;
  readonly json?: true;
}

/** @returns the exit code */
export function importFiles(
  context: Context,
  name: string,
  paths: readonly string[],
  options: ImportOptions,
): Promise<number> {
  checkName(name);
  const { output } = context;
  return interruptible(async ({ signal, happened }) => {
    const client = await connect(context, options, signal);
    const before = await newestVersion(client, name);
    const display = createImportDisplay(output);
    try {
      const inputs = inputParts(paths);
      const imported = await Promise.race([importParts(client, name, inputs, options, display), aborted(signal)]);
      display.end();
      conclude(context, imported, before, options.json === true);
      return EXIT.done;
    } catch (error) {
      display.end();
      if (!happened()) throw error;
      output.say('\nThe import was broken off, and nothing of it is visible. The same command again goes on with it.');
      return EXIT.interrupted;
    }
  });
}

async function importParts(
  client: LockstepClient,
  name: string,
  inputs: readonly InputPart[],
  options: ImportOptions,
  display: ImportDisplay,
): Promise<Imported> {
  const format = options.format ?? (await guessFormat(inputs));
  const { label, ignore, classes, skipBroken, test, validation, source: said, ...rest } = options;
  display.reading(await sizeOf(inputs));
  const source = await openSource(
    format,
    inputs,
    {
      ...rest,
      labels: label,
      ignored: ignore,
      skipBroken: skipBroken === true,
      onSkipped: (message) => {
        display.say(`left out: ${message}`);
      },
      ...(classes === undefined ? {} : { classNames: classes }),
    },
    (bytes) => {
      display.read(bytes);
    },
  );
  for (const note of source.notes) display.say(note);
  return importSource(client, source, {
    name,
    source: said ?? '',
    shares: sharesOf({ test, validation }),
    seed: options.seed,
    ...(options.normalisation === undefined ? {} : { normalisation: options.normalisation }),
    onProgress: (samples, total) => {
      display.converted(samples, total);
    },
  });
}

function conclude(context: Context, imported: Imported, before: number | undefined, isJson: boolean): void {
  const { manifest, uploadedBytes, knownBytes } = imported;
  printResult(context, isJson, manifest, renderDatasets([manifest]));
  const { output } = context;
  const reference = `${manifest.name}/${Object.keys(manifest.splits)[0] ?? ''}`;
  if (manifest.version === before) {
    output.say(`${output.style.good('✔')} the very same is there already, as ${manifest.name}@${manifest.version}`);
    return;
  }
  const known = knownBytes > 0 ? `, ${bytesText(knownBytes)} were there already` : '';
  output.say(
    [
      `${output.style.good('✔')} imported as ${manifest.name}@${manifest.version}: ${bytesText(uploadedBytes)} sent${known}`,
      `  look at it:  ./lockstep dataset preview ${manifest.name}`,
      `  train on it: data: { train: ${reference} }${inputHint(manifest)}`,
    ].join('\n'),
  );
}

function inputHint({ features, labels }: DatasetManifest): string {
  const outputs = labels.kind === 'classes' ? labels.classNames.length : labels.names.length;
  return `, ${counted(
    features.shape.reduce((product, size) => product * size, 1),
    'feature',
  )}, ${counted(outputs, 'output')}`;
}

/** Fails at once, before anything is read, where the service does not answer. */
async function newestVersion(client: LockstepClient, name: string): Promise<number | undefined> {
  try {
    return (await client.datasets.get(name)).version;
  } catch (error) {
    if (isLockstepError(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
}

function checkName(name: string): void {
  if (parseAddress(name).version === undefined) return;
  throw new LockstepError('INVALID_OPTION', `${name} names a version`, {
    hint: 'Leave the version out: the service gives the next number.',
  });
}

/** `train=a.csv`, unless there is a file of just that name. */
function inputParts(words: readonly string[]): InputPart[] {
  const parts = new Map<string | undefined, string[]>();
  for (const word of words) {
    const [, prefix, rest = ''] = /^([a-z0-9-]+)=(.+)$/.exec(word) ?? [];
    const split = prefix === undefined || existsSync(word) ? undefined : checkSplit(prefix, word);
    parts.set(split, [...(parts.get(split) ?? []), split === undefined ? word : rest]);
  }
  return [...parts].map(([split, paths]) => ({ split, paths }));
}

/** @throws LockstepError INVALID_OPTION */
function checkSplit(split: string, word: string): string {
  const parsed = splitName.safeParse(split);
  if (parsed.success) return parsed.data;
  throw new LockstepError('INVALID_OPTION', `${word} names no split: ${parsed.error.issues[0]?.message ?? ''}`, {
    hint: 'Write it like train=a.csv test=b.csv.',
  });
}

function sharesOf(shares: {
  readonly test?: number | undefined;
  readonly validation?: number | undefined;
}): SplitShare[] {
  const wished = Object.entries(shares).flatMap(([split, share]) => (share === undefined ? [] : [{ split, share }]));
  if (wished.reduce((sum, { share }) => sum + share, 0) < 1) return wished;
  throw new LockstepError('INVALID_OPTION', 'nothing would be left to train on', {
    hint: '--test and --validation together must be less than 1.',
  });
}

/** Of the files that were named; folders count nothing. */
async function sizeOf(inputs: readonly InputPart[]): Promise<number> {
  const sizes = inputs
    .flatMap(({ paths }) => paths)
    .map((path) =>
      stat(path)
        .then((entry) => (entry.isFile() ? entry.size : 0))
        .catch(() => 0),
    );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });
}
