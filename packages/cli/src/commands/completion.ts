/** `lockstep completion`: its argument. The scripts are in `completion/`. */
import { Argument, type Command } from 'commander';
import { describeCommand } from '../command-tree.js';
import { SHELLS, type Shell } from '../options.js';
import { addJsonOption, printResult, type Context } from './context.js';

const EXAMPLES = `
Examples:
  $ source <(lockstep completion bash)       in this shell; for lockstep and ./lockstep
  $ lockstep completion bash > ~/.local/share/bash-completion/completions/lockstep
  $ lockstep completion zsh > ~/.zfunc/_lockstep      in a folder of $fpath
  $ lockstep completion fish > ~/.config/fish/completions/lockstep.fish`;

export function addCompletionCommand(program: Command, context: Context): void {
  addJsonOption(program.command('completion'))
    .summary('print a script that completes the command in your shell')
    .description('Print the script that lets a shell complete the commands, options and files of lockstep.')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .addHelpText('after', EXAMPLES)
    .action(async (shell: Shell, { json }: { readonly json?: true }) => {
      const { completionScript } = await import('../completion/completion-script.js');
      const script = completionScript(shell, describeCommand(program));
      printResult(context, json === true, { shell, script }, script);
    });
}
