/** `lockstep model …`: their options. What they do is in `models/`. */
import { MODEL_FORMATS, type ModelFormat } from '@lockstep/client';
import { Option, type Command } from 'commander';
import { addConnectionOptions, connect, type ConnectionOptions } from '../connection/connect.js';
import { parseModel } from '../models/model-reference.js';
import { addJsonOption, printResult, type Context } from './context.js';
import { addExamples } from './job-options.js';

interface ModelOptions extends ConnectionOptions {
  readonly json?: true;
}

const REFERENCE = 'such as mnist-cnn, mnist-cnn/2 or mnist-cnn/champion';

const PREDICT_EXAMPLES = [
  'model predict mnist-cnn digit.png other.jpg',
  "model predict wine/champion samples.csv         a header with the columns' names",
  'model predict wine samples.json --json          an array of instances',
  'model predict points - < points.json',
];

export function addModelCommands(program: Command, context: Context): void {
  const model = program
    .command('model')
    .summary('look at trained models, ask them, export them')
    .description('Look at trained models, ask them, name them and export them.');
  addExamples(
    model,
    'model                        all models, with their versions and aliases',
    ...PREDICT_EXAMPLES.slice(0, 2),
  );
  addListCommand(model, context);
  addGetCommand(model, context);
  addSummaryCommand(model, context);
  addEvaluateCommand(model, context);
  addPredictCommand(model, context);
  addExportCommand(model, context);
  addImportCommand(model, context);
  addAliasCommand(model, context);
  addDeleteCommand(model, context);
}

function addListCommand(model: Command, context: Context): void {
  addModelOptions(model.command('list'), 'model', 'model list --json | jq -r .[].name')
    .summary('list models')
    .description('List models with their versions and aliases.')
    .action(async (options: ModelOptions) => {
      const { renderModels } = await import('../models/model-text.js');
      const models = await (await connect(context, options)).models.list();
      printResult(context, options.json === true, models, renderModels(models));
      if (models.length === 0) context.output.say('there are no models yet; each job that ends makes one');
    });
}

function addGetCommand(model: Command, context: Context): void {
  addModelOptions(
    model.command('get').argument('<model>', REFERENCE),
    'model get mnist-cnn',
    'model get mnist-cnn/champion --json | jq .metrics.test',
  )
    .summary('print what is known about a version')
    .description('Print what is known about a version of a model: where it comes from, its metrics, its features.')
    .action(async (reference: string, options: ModelOptions) => {
      const { renderModel } = await import('../models/model-text.js');
      const { name, version } = parseModel(reference);
      const found = await (await connect(context, options)).models.get(name, version);
      printResult(context, options.json === true, found, renderModel(found));
    });
}

function addSummaryCommand(model: Command, context: Context): void {
  addModelOptions(model.command('summary').argument('<model>', REFERENCE), 'model summary mnist-cnn')
    .summary('print layers, shapes and parameters')
    .description("Print a model's layers with their shapes and parameters.")
    .action(async (reference: string, options: ModelOptions) => {
      const { renderSummary, summaryOf } = await import('../models/model-summary.js');
      const { name, version } = parseModel(reference);
      const summary = summaryOf(await (await connect(context, options)).models.get(name, version));
      printResult(context, options.json === true, summary, renderSummary(summary));
    });
}

function addEvaluateCommand(model: Command, context: Context): void {
  addModelOptions(
    model.command('evaluate').argument('<model>', REFERENCE).argument('<data>', 'a split, such as mnist/test'),
    'model evaluate mnist-cnn/champion mnist/test',
  )
    .summary('measure a model on a split of a dataset')
    .description('Have a model answer for every sample of a split, and print the loss and the metrics.')
    .action(async (reference: string, data: string, options: ModelOptions) => {
      const { renderEvaluation } = await import('../models/model-text.js');
      const { name, version } = parseModel(reference);
      const evaluation = await (await connect(context, options)).models.evaluate(name, data, version);
      printResult(context, options.json === true, evaluation, renderEvaluation(evaluation));
    });
}

function addPredictCommand(model: Command, context: Context): void {
  const command = model
    .command('predict')
    .argument('<model>', REFERENCE)
    .argument('<inputs...>', 'pictures, CSV files with a header, JSON files; - reads JSON from stdin');
  addModelOptions(command, ...PREDICT_EXAMPLES)
    .summary('ask a model')
    .description('Ask a model about pictures, rows of CSV files or instances in JSON.')
    .action(async (reference: string, inputs: string[], options: ModelOptions) => {
      const { predict } = await import('../models/predict.js');
      await predict(context, await connect(context, options), parseModel(reference), inputs, options.json === true);
    });
}

interface ExportOptions extends ModelOptions {
  readonly format: ModelFormat;
  readonly out?: string;
}

function addExportCommand(model: Command, context: Context): void {
  const command = model
    .command('export')
    .argument('<model>', REFERENCE)
    .addOption(
      new Option('--format <format>', 'tfjs, TensorFlow SavedModel or safetensors')
        .choices(MODEL_FORMATS)
        .default('savedmodel'),
    )
    .option('--out <folder>', 'where the files go (default: lockstep-out/<model>-<version>-<format>)');
  addModelOptions(command, 'model export mnist-cnn', 'model export mnist-cnn/champion --format tfjs --out web/model')
    .summary('write a model as files that others read')
    .description('Write a model into a folder: for TensorFlow.js, for TensorFlow in Python, or as safetensors.')
    .action(async (reference: string, options: ExportOptions) => {
      const { exportModel } = await import('../models/export-model.js');
      await exportModel(context, await connect(context, options), parseModel(reference), options);
    });
}

function addImportCommand(model: Command, context: Context): void {
  const command = model
    .command('import')
    .argument('<name>', 'of the model; a known one gets a new version')
    .argument('<file>', 'a safetensors file as export writes it, or a model.json of tfjs or Keras');
  addModelOptions(
    command,
    'model import mnist-cnn lockstep-out/mnist-cnn-1-safetensors/model.safetensors',
    'model import digits model.json',
  )
    .summary('make a version out of a file')
    .description('Make the next version of a model out of a file. The same file again changes nothing.')
    .action(async (name: string, file: string, options: ModelOptions) => {
      const { importModel } = await import('../models/import-model.js');
      await importModel(context, await connect(context, options), name, file, options.json === true);
    });
}

interface AliasOptions extends ModelOptions {
  readonly delete?: true;
}

function addAliasCommand(model: Command, context: Context): void {
  const command = model
    .command('alias')
    .argument('<model>', 'a version, such as mnist-cnn/2')
    .argument('<alias>', 'such as champion')
    .option('--delete', 'remove the alias');
  addModelOptions(command, 'model alias mnist-cnn/2 champion', 'model alias mnist-cnn champion --delete')
    .summary('name a version')
    .description('Name a version, such as champion; an alias that names another version moves.')
    .action(async (reference: string, alias: string, options: AliasOptions) => {
      const { models } = await connect(context, options);
      const { name, version } = parseModel(reference);
      if (options.delete === true) {
        await models.deleteAlias(name, alias);
        context.output.say(`${name}/${alias} is gone`);
        printResult(context, options.json === true, { name, alias, version: null }, '');
        return;
      }
      const found = await models.get(name, version);
      await models.setAlias(name, alias, found.version);
      context.output.say(`${name}/${alias} is version ${found.version}`);
      printResult(context, options.json === true, { name, alias, version: found.version }, '');
    });
}

function addDeleteCommand(model: Command, context: Context): void {
  addModelOptions(
    model.command('delete').argument('<model>', 'a version, such as mnist-cnn/2'),
    'model delete mnist-cnn/2',
  )
    .summary('delete a version')
    .description('Delete a version of a model. One that an alias names, or a job that is not over, stays.')
    .action(async (reference: string, options: ModelOptions) => {
      const { models } = await connect(context, options);
      const { name, version } = parseModel(reference, { explicit: true });
      await models.deleteVersion(name, Number(version));
      context.output.say(`${name}/${version} is gone`);
      printResult(context, options.json === true, { name, version: Number(version) }, '');
    });
}

function addModelOptions(command: Command, ...examples: readonly string[]): Command {
  return addConnectionOptions(addJsonOption(addExamples(command, ...examples)));
}
