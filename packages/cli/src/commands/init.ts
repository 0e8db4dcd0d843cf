/** `lockstep init`: its options. What it writes is in `init/`. */
import { Option, type Command } from 'commander';
import { TEMPLATE_NAMES, type TemplateName } from '../options.js';
import { addJsonOption, printResult, type Context } from './context.js';

interface InitCommandOptions {
  readonly template: TemplateName;
  readonly force?: true;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  $ lockstep init my-job                    my-job.yaml, a small network on the digits of lockstep up
  $ lockstep init net.yaml --template cnn   a convolutional network
  $ lockstep init --template regression     for a table of your own
  $ lockstep train my-job.yaml --dry-run    what would run
  $ lockstep train my-job.yaml`;

export function addInitCommand(program: Command, context: Context): void {
  const template = new Option('--template <name>', 'what to start from').choices(TEMPLATE_NAMES).default('mlp');
  addJsonOption(program.command('init'))
    .summary('write a job file to start from')
    .description('Write a job file with what every line is for, and with the schema by which editors complete it.')
    .argument('[file]', 'the job file, .yaml or .json', 'job.yaml')
    .addOption(template)
    .option('--force', 'write over a file that is there already')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, options: InitCommandOptions) => {
      const { writeJobFile } = await import('../init/write-job-file.js');
      const written = await writeJobFile({ file, template: options.template, force: options.force === true });
      printResult(context, options.json === true, written, written.path);
      context.output.say(`next: ./lockstep train ${written.path} --dry-run · ./lockstep train ${written.path}`);
    });
}
