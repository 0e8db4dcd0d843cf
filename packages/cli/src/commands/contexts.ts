/** `lockstep context …`: named services. What is kept is in `connection/contexts.ts`. */
import type { Command } from 'commander';
import { addContext, chooseContext, listContexts, readToken, removeContext } from '../connection/edit-contexts.js';
import { addJsonOption, printResult, type Context } from './context.js';

interface JsonOption {
  readonly json?: true;
}

interface AddOptions extends JsonOption {
  readonly token?: string;
  readonly tokenStdin?: true;
  readonly use?: true;
}

const EXAMPLES = `
Examples:
  $ lockstep context add team https://lockstep.example.org --token-stdin < token.txt
  $ lockstep context use team       from now on commands go there
  $ lockstep job list --context team
  $ LOCKSTEP_URL=http://127.0.0.1:8470 lockstep job list      for one command`;

export function addContextCommands(program: Command, context: Context): void {
  const contexts = program
    .command('context')
    .summary('name services, and choose the one that commands talk to')
    .description('Name services and their tokens, and choose the one that commands talk to.')
    .addHelpText('after', EXAMPLES);
  addAddCommand(contexts, context);
  addUseCommand(contexts, context);
  addListCommand(contexts, context);
  addRemoveCommand(contexts, context);
}

function addAddCommand(contexts: Command, context: Context): void {
  addJsonOption(contexts.command('add').argument('<name>', 'what to call it').argument('<url>', 'its address'))
    .summary('name a service')
    .description('Name a service. The first one is in use at once. A name that is there already gets the new address.')
    .option('--token <token>', 'sent to the service; a secret is better kept off the command line')
    .option('--token-stdin', 'read the token from stdin')
    .option('--use', 'commands talk to it from now on')
    .addHelpText('after', EXAMPLES)
    .action(async (name: string, url: string, options: AddOptions) => {
      const token = options.tokenStdin === true ? await readToken(process.stdin) : options.token;
      const added = await addContext(context.environment.configFolder, { name, url, token, use: options.use });
      printResult(context, options.json === true, added, '');
      context.output.say(`${name} is ${added.url}${added.current ? ', and in use' : `; lockstep context use ${name}`}`);
    });
}

function addUseCommand(contexts: Command, context: Context): void {
  addJsonOption(contexts.command('use').argument('<name>', 'the context'))
    .summary('choose the service that commands talk to')
    .description('Choose the service that commands talk to.')
    .addHelpText('after', '\nExample:\n  $ lockstep context use team')
    .action(async (name: string, { json }: JsonOption) => {
      const chosen = await chooseContext(context.environment.configFolder, name);
      printResult(context, json === true, chosen, '');
      context.output.say(`commands talk to ${name} from now on: ${chosen.url}`);
    });
}

function addListCommand(contexts: Command, context: Context): void {
  addJsonOption(contexts.command('list'))
    .summary('list the names')
    .description('List the contexts; * is the one in use. Tokens are not shown.')
    .addHelpText('after', '\nExample:\n  $ lockstep context')
    .action(async ({ json }: JsonOption) => {
      const { renderTable } = await import('../output/table.js');
      const contexts = await listContexts(context.environment.configFolder);
      const rows = contexts.map(({ name, url, current, hasToken }) => [
        ...[current ? '*' : '', name, url, hasToken ? 'yes' : 'no'],
      ]);
      const text =
        rows.length === 0 ? '' : renderTable([['', 'name', 'url', 'token'], ...rows], () => false).join('\n');
      printResult(context, json === true, contexts, text);
      if (rows.length === 0) context.output.say('there are no contexts; the first: lockstep context add <name> <url>');
    });
}

function addRemoveCommand(contexts: Command, context: Context): void {
  addJsonOption(contexts.command('remove').argument('<name>', 'the context'))
    .summary('forget a name and its token')
    .description('Forget a context, with its token. Nothing happens to the service.')
    .addHelpText('after', '\nExample:\n  $ lockstep context remove team')
    .action(async (name: string, { json }: JsonOption) => {
      const removed = await removeContext(context.environment.configFolder, name);
      printResult(context, json === true, removed, '');
      context.output.say(`${name} is forgotten${removed.current ? '; no context is in use now' : ''}`);
    });
}
