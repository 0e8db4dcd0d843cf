/** `lockstep train`: its options. What it does is in `jobs/train.ts`. */
import { LockstepError } from '@lockstep/core';
import type { Command } from 'commander';
import { addConnectionOptions } from '../connection/connect.js';
import type { TrainOptions } from '../jobs/train.js';
import { collect } from '../options.js';
import type { Context } from './context.js';
import { addTensorboardOption } from './job-options.js';

interface TrainCommandOptions extends TrainOptions {
  readonly continue?: string;
}

const EXAMPLES = `
Examples:
  $ lockstep train examples/mnist-mlp.yaml
  $ lockstep train job.yaml --set training.epochs=3 --set training.optimizer.learningRate=0.01
  $ lockstep train job.yaml --dry-run        shapes, parameters and costs; nothing is run
  $ lockstep train --continue mnist-mlp --set training.epochs=+5     five more, as if in one go
  $ lockstep train job.yaml --tensorboard runs     then: tensorboard --logdir runs
  $ lockstep train job.yaml --json | jq -r .weightsSha256

Exit codes: 0 done, 1 the job failed, 2 usage, 3 unreachable, 4 invalid job file, 130 interrupted or cancelled.`;

export function addTrainCommand(program: Command, context: Context): void {
  const command = program
    .command('train')
    .summary('submit a job file, follow the job, report')
    .description('Submit a job to the service, follow it to its end, and end with its result.')
    .argument('[file]', 'the job file, YAML or JSON; may be left out with --continue')
    .option('--continue <model>', 'go on with the training of a model, from where it ended')
    .option('--set <setting>', 'change the job: path=value, as often as needed', collect)
    .option('--dry-run', 'check and plan the job without running it')
    .option('--no-wait', 'submit the job, print its id, and end')
    .option('--json', 'print nothing but the report on stdout, as JSON');
  addConnectionOptions(addTensorboardOption(command))
    .addHelpText('after', EXAMPLES)
    .action(async (file: string | undefined, { continue: model, ...options }: TrainCommandOptions) => {
      if (model !== undefined) {
        const { continueTraining } = await import('../jobs/continue-model.js');
        context.exitCode = await continueTraining(context, model, file, options);
        return;
      }
      if (file === undefined) throw nothingToTrain();
      const { train } = await import('../jobs/train.js');
      context.exitCode = await train(context, file, options);
    });
}

function nothingToTrain(): LockstepError {
  return new LockstepError('INVALID_OPTION', 'there is neither a job file nor a model to go on with', {
    hint: 'write one with `lockstep init`, or go on with a model: --continue <model>',
  });
}
