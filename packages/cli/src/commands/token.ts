/** `lockstep token …`: who may use a coordinator. Works on the coordinator's file of tokens, not over HTTP. */
import { join } from 'node:path';
import { SCOPES, type Scope } from '@lockstep/core';
import { Option, type Command } from 'commander';
import { CLI_DEFAULTS } from '../options.js';
import { renderTable } from '../output/table.js';
import { printResult, type Context } from './context.js';
import { addExamples } from './job-options.js';

interface TokenOptions {
  readonly tokens: string;
  readonly json?: true;
}

interface CreateOptions extends TokenOptions {
  readonly owner: string;
  readonly scope: Scope;
}

const DEFAULT_FILE = join(CLI_DEFAULTS.dataDir, 'coordinator', 'tokens.json');

export function addTokenCommands(program: Command, context: Context): void {
  const token = program
    .command('token')
    .summary('say who may use a coordinator')
    .description('Make, list and revoke the tokens of a coordinator, in its file of tokens.');
  addExamples(token, 'token create --owner ada', 'token list', 'token revoke t-1a2b3c4d');
  addCreateCommand(token, context);
  addListCommand(token, context);
  addRevokeCommand(token, context);
}

function addCreateCommand(token: Command, context: Context): void {
  const scope = new Option('--scope <scope>', 'read: look; submit: also work; admin: everything, of everyone');
  addTokenOptions(token.command('create'), 'token create --owner ada', 'token create --owner ci --scope read')
    .summary('make a token')
    .description('Make a token and print it, this once: only its hash is kept.')
    .requiredOption('--owner <name>', 'whose jobs it submits and sees')
    .addOption(scope.choices(SCOPES).default('submit'))
    .action(async ({ tokens: file, owner, scope: wanted, json }: CreateOptions) => {
      const { createToken } = await import('@lockstep/coordinator');
      const { token: secret, summary } = await createToken(file, { owner, scopes: [wanted], now: new Date() });
      printResult(context, json === true, { ...summary, token: secret }, secret);
      context.output.say(`${summary.id} for ${owner} is in ${file}. Keep the token: it cannot be shown again.`);
      context.output.say('A coordinator that runs takes it within a second; use it as LOCKSTEP_TOKEN or in a context.');
    });
}

function addListCommand(token: Command, context: Context): void {
  addTokenOptions(token.command('list'), 'token list')
    .summary('list the tokens')
    .description('List the tokens of a coordinator: whose they are and what they allow.')
    .action(async ({ tokens: file, json }: TokenOptions) => {
      const { listTokens } = await import('@lockstep/coordinator');
      const tokens = (await listTokens(file)) ?? [];
      const rows = tokens.map(({ id, owner, scopes, createdAt }) => [id, owner, scopes.join(' '), createdAt]);
      const table = rows.length === 0 ? '' : renderTable([['id', 'owner', 'scopes', 'created'], ...rows], () => false);
      printResult(context, json === true, tokens, [table].flat().join('\n'));
      if (rows.length === 0) context.output.say(`there are no tokens in ${file}`);
    });
}

function addRevokeCommand(token: Command, context: Context): void {
  addTokenOptions(token.command('revoke'), 'token revoke t-1a2b3c4d')
    .argument('<id>', 'the token, as `lockstep token list` names it')
    .summary('make a token useless')
    .description('Revoke a token. A coordinator that runs refuses it within a second.')
    .action(async (id: string, { tokens: file, json }: TokenOptions) => {
      const { revokeToken } = await import('@lockstep/coordinator');
      const revoked = await revokeToken(file, id);
      printResult(context, json === true, revoked, '');
      context.output.say(`${id} of ${revoked.owner} is revoked`);
    });
}

function addTokenOptions(command: Command, ...examples: readonly string[]): Command {
  return addExamples(command, ...examples)
    .option('--tokens <file>', "the coordinator's file of tokens", DEFAULT_FILE)
    .option('--json', 'print the result on stdout, as JSON');
}
