/** `lockstep secrets …`: the secrets that a cluster begins with. What they are is in `secrets/`. */
import { isIP } from 'node:net';
import { InvalidArgumentError, type Command } from 'commander';
import { CLI_DEFAULTS, collect } from '../options.js';
import { SECRET_KINDS, type SecretGroup } from '../secrets/secret-files.js';
import { addJsonOption, printResult, type Context } from './context.js';
import { addExamples } from './job-options.js';

interface RenewOptions {
  readonly folder: string;
  readonly host?: readonly string[];
  readonly json?: true;
}

interface MakeOptions {
  readonly folder: string;
  readonly host?: readonly string[];
  readonly url: string;
  readonly json?: true;
}

export function addSecretsCommands(program: Command, context: Context): void {
  const secrets = program
    .command('secrets')
    .summary('make and renew the secrets of a cluster')
    .description('Make the keys, credentials, certificates and tokens of a cluster whose bus is not open to all.');
  addExamples(secrets, 'secrets make --folder secrets');
  const make = addJsonOption(secrets.command('make'))
    .summary('make those that are missing')
    .description('Make what is missing of a cluster’s secrets, a folder a role. What is there stays as it is.')
    .requiredOption('--folder <folder>', 'where they go; the folders in it may be volumes of their own')
    .option('--host <name>', 'a name or address of NATS, besides nats and localhost (several)', collectHost)
    .option('--url <url>', 'where commands reach the coordinator', CLI_DEFAULTS.url)
    .action(async ({ folder, host: hosts = [], url, json }: MakeOptions) => {
      const { makeSecrets } = await import('../secrets/make-secrets.js');
      const result = await makeSecrets({ folder, hosts, url, now: new Date() });
      const { made, kept, uncoveredHosts } = result;
      printResult(context, json === true, result, made.join('\n'));
      if (made.length > 0) context.output.say(`made in ${folder}; each is for its service alone, back up authority`);
      if (kept.length > 0) context.output.say(`${kept.length} files of ${folder} were there and stay as they are`);
      for (const host of uncoveredHosts) {
        context.output.say(
          `the certificate is not for ${host}: lockstep secrets renew certificate --folder ${folder} --host ${host}`,
        );
      }
    });
  addExamples(make, 'secrets make --folder secrets', 'secrets make --folder secrets --host nats.example.org');
  addRenewCommand(secrets, context);
}

function addRenewCommand(secrets: Command, context: Context): void {
  const what = secrets.createArgument('<what>', 'what of them').choices(SECRET_KINDS);
  const renew = addJsonOption(secrets.command('renew').addArgument(what))
    .summary('put new ones in the place of old ones')
    .description('Renew secrets, signed by the same authority: who trusts the cluster goes on to, and its data stay.')
    .requiredOption('--folder <folder>', 'where they are')
    .option('--host <name>', 'certificate: a further name or address of NATS (several)', collectHost)
    .action(async (group: SecretGroup, { folder, host: hosts = [], json }: RenewOptions) => {
      const { renewSecrets } = await import('../secrets/renew-secrets.js');
      const result = await renewSecrets(group, { folder, hosts, now: new Date() });
      printResult(context, json === true, result, result.renewed.join('\n'));
      context.output.say(
        result.restart.length === 0
          ? 'renewed; nothing has to be started again'
          : `renewed; start again, in this order: ${result.restart.join(', ')}`,
      );
    });
  addExamples(
    renew,
    'secrets renew certificate --folder secrets --host 10.0.0.7',
    'secrets renew credentials --folder secrets',
  );
}

function collectHost(text: string, before?: readonly string[]): readonly string[] {
  if (isIP(text) !== 0 || /^(?:\*\.)?[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*$/i.test(text)) return collect(text, before);
  throw new InvalidArgumentError('Allowed: a name such as nats.example.org, or an IP address.');
}
