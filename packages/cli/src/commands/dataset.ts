/** `lockstep dataset …`: their options. What they do is in `datasets/`. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { addConnectionOptions, connect, type ConnectionOptions } from '../connection/connect.js';
import { parseAddress } from '../datasets/address.js';
import type { ImportOptions } from '../datasets/import-files.js';
import { collect } from '../options.js';
import { printResult, type Context } from './context.js';
import { addExamples } from './job-options.js';

interface DatasetOptions extends ConnectionOptions {
  readonly json?: true;
}

const IMPORT_EXAMPLES = `
Examples:
  $ lockstep dataset import fashion ./fashion-mnist                  the four IDX files of MNIST and its like
  $ lockstep dataset import wine wine.csv --label class --test 0.2
  $ lockstep dataset import houses train=a.csv test=b.csv --label price --missing mean
  $ lockstep dataset import pets ./pets --size 64x64                 a folder a class: pets/cat, pets/dog

Done again after it broke off, it sends only what is not there yet. Formats and rules: docs/datasets.md.`;

export function addDatasetCommands(program: Command, context: Context): void {
  const dataset = program
    .command('dataset')
    .summary('import data, look at it, delete it')
    .description('Import data, look at it, delete it.');
  addImportCommand(dataset, context);
  addDigitsCommand(dataset, context);
  addListCommand(dataset, context);
  addGetCommand(dataset, context);
  addPreviewCommand(dataset, context);
  addDeleteCommand(dataset, context);
}

function addImportCommand(dataset: Command, context: Context): void {
  const command = dataset
    .command('import')
    .argument('<name>', 'of the dataset; a known one gets a new version')
    .argument('<paths...>', 'files or a folder; train=a.csv test=b.csv where the splits are files of their own');
  addTableOptions(addSplitOptions(command))
    .option('--size <HxW>', 'pictures: resize all to this height and width', parseSize)
    .addOption(new Option('--colour <how>', 'pictures: as the first one is, unless said').choices(['grey', 'colour']))
    .option('--skip-broken', 'pictures: leave out what cannot be read instead of refusing all')
    .option('--classes <names>', 'idx, npz: names of the classes 0, 1, 2 …, with commas between', parseNames)
    .option('--source <text>', 'where the data comes from and its licence, for people');
  addDatasetOptions(command)
    .summary('import files as a dataset')
    .description('Import files as a new version of a dataset. It becomes visible as a whole, or not at all.')
    .addHelpText('after', IMPORT_EXAMPLES)
    .action(async (name: string, paths: string[], options: DatasetOptions & ImportOptions) => {
      const { importFiles } = await import('../datasets/import-files.js');
      context.exitCode = await importFiles(context, name, paths, options);
    });
}

function addDigitsCommand(dataset: Command, context: Context): void {
  addDatasetOptions(addExamples(dataset.command('digits'), 'dataset digits'))
    .summary('import the digits that the examples train on')
    .description('Import the digits that the examples train on, as the dataset mnist, unless there is one.')
    .action(async (options: DatasetOptions) => {
      const { provideMnist } = await import('../demo/import-dataset.js');
      const { MNIST, openMnist } = await import('../demo/mnist.js');
      const client = await connect(context, options);
      const digits = await provideMnist(client, openMnist);
      printResult(context, options.json === true, { name: MNIST.name, digits }, '');
      context.output.say(digits ? 'mnist: the digits are there' : 'mnist: it is a dataset of your own, and stays so');
    });
}

function addSplitOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--format <format>', 'by default what the names of the files say').choices([
        'idx',
        'csv',
        'images',
        'npz',
        'jsonl',
      ]),
    )
    .option('--test <share>', 'of the samples, such as 0.2: put into the split test, class by class', parseShare)
    .option('--validation <share>', 'the same for the split validation', parseShare)
    .option('--seed <n>', 'which samples these are', parseSeed, 0)
    .addOption(
      new Option(
        '--normalisation <how>',
        'standard: mean 0 and deviation 1; unit: 0 to 1 (default: unit for bytes, else standard)',
      ).choices(['standard', 'unit', 'none']),
    );
}

function addTableOptions(command: Command): Command {
  return command
    .option('--label <column>', 'csv: a column to learn; several times for several numbers', collect, [])
    .addOption(
      new Option('--task <task>', 'csv, npz, jsonl: by default what the labels look like').choices([
        'classification',
        'regression',
      ]),
    )
    .option('--categorical <column>', 'csv, jsonl: take its numbers for categories; several times', collect, [])
    .option('--ignore <column>', 'csv, jsonl: leave it out; several times', collect, [])
    .addOption(
      new Option('--missing <rule>', 'csv, jsonl: what to do about values that are missing')
        .choices(['refuse', 'mean', 'zero', 'drop'])
        .default('refuse'),
    )
    .option('--delimiter <character>', 'csv: by default what the first line has most of', parseDelimiter);
}

function addListCommand(dataset: Command, context: Context): void {
  addDatasetOptions(addExamples(dataset.command('list'), 'dataset'))
    .summary('list datasets')
    .description('List the newest version of each dataset.')
    .action(async (options: DatasetOptions) => {
      const { renderDatasets } = await import('../datasets/render-manifest.js');
      const client = await connect(context, options);
      const manifests = await client.datasets.list();
      printResult(context, options.json === true, manifests, renderDatasets(manifests));
      if (manifests.length === 0) context.output.say('there are no datasets; see: ./lockstep dataset import --help');
    });
}

function addGetCommand(dataset: Command, context: Context): void {
  addDatasetOptions(addExamples(dataset.command('get'), 'dataset get mnist', 'dataset get wine@2 --json'))
    .argument('<name[@version]>', 'the dataset; the newest version by default')
    .option('--versions', 'list all of its versions instead')
    .summary('print what a dataset holds')
    .description('Print what a dataset holds: shape, splits, classes or targets, normalisation, columns.')
    .action(async (address: string, options: DatasetOptions & { readonly versions?: true }) => {
      const { renderDatasets, renderManifest } = await import('../datasets/render-manifest.js');
      const { name, version } = parseAddress(address);
      const client = await connect(context, options);
      const isJson = options.json === true;
      if (options.versions === true) {
        const manifests = await client.datasets.versions(name);
        printResult(context, isJson, manifests, renderDatasets(manifests));
        return;
      }
      const manifest = await client.datasets.get(name, version);
      printResult(context, isJson, manifest, renderManifest(manifest));
    });
}

function addPreviewCommand(dataset: Command, context: Context): void {
  addDatasetOptions(addExamples(dataset.command('preview'), 'dataset preview mnist --limit 3'))
    .argument('<name[@version]>', 'the dataset')
    .option('--split <split>', 'of which split', 'train')
    .option('--limit <n>', 'samples, 1 to 100', parseLimit, 5)
    .option('--out <folder>', 'save pictures there, as PNG')
    .summary('show some samples')
    .description('Show the first samples of a split: rows of a table, or pictures drawn with letters.')
    .action(async (address: string, options: DatasetOptions & { split: string; limit: number; out?: string }) => {
      const { previewDataset } = await import('../datasets/preview.js');
      const client = await connect(context, options);
      await previewDataset(context, client, parseAddress(address), options);
    });
}

function addDeleteCommand(dataset: Command, context: Context): void {
  addDatasetOptions(addExamples(dataset.command('delete'), 'dataset delete wine@1', 'dataset delete wine'))
    .argument('<name[@version]>', 'the dataset; all versions by default')
    .summary('delete a dataset')
    .description('Delete a dataset or one version of it. Refused while a job uses it.')
    .action(async (address: string, options: DatasetOptions) => {
      const { name, version } = parseAddress(address);
      const client = await connect(context, options);
      const deleted = await client.datasets.delete(name, version);
      printResult(context, options.json === true, { name, deleted }, '');
      context.output.say(`${name}: deleted ${deleted.length === 1 ? 'version' : 'versions'} ${deleted.join(', ')}`);
    });
}

function addDatasetOptions(command: Command): Command {
  return addConnectionOptions(command.option('--json', 'print the result on stdout, as JSON'));
}

function parseShare(text: string): number {
  const share = /^0?\.\d{1,9}$/.test(text) ? Number(text) : 0;
  if (share > 0) return share;
  throw new InvalidArgumentError('Allowed: shares between 0 and 1, such as 0.2.');
}

function parseSeed(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Allowed: whole numbers from 0 to 999999999.');
}

function parseLimit(text: string): number {
  if (/^([1-9]\d?|100)$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Allowed: whole numbers from 1 to 100.');
}

function parseSize(text: string): { height: number; width: number } {
  const [, height, width] = /^([1-9]\d{0,3})x([1-9]\d{0,3})$/.exec(text) ?? [];
  if (height !== undefined && width !== undefined) return { height: Number(height), width: Number(width) };
  throw new InvalidArgumentError('Allowed: height and width in pixels, such as 64x48.');
}

function parseNames(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => name !== '')) return names;
  throw new InvalidArgumentError('Allowed: names with commas between, such as cat,dog.');
}

function parseDelimiter(text: string): string {
  const character = text === '\\t' ? '\t' : text;
  if (character.length === 1 && !/["\r\n]/.test(character)) return character;
  throw new InvalidArgumentError('Allowed: one character, or \\t for a tabulator.');
}
