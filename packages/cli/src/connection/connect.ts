/** Which service a command talks to, and with which token. */
import { createClient, type LockstepClient } from '@lockstep/client';
import type { Command } from 'commander';
import type { Context } from '../commands/context.js';
import { CLI_DEFAULTS, type Environment } from '../options.js';
import { readClusterContext, readTokenFile } from './cluster-context.js';
import { contextNamed, readContexts, type Contexts, type ServiceContext } from './contexts.js';

/** The options of every command that talks to a service, as `addConnectionOptions` adds them. */
export interface ConnectionOptions {
  readonly url?: string;
  readonly token?: string;
  readonly context?: string;
}

/** Adds `--url`, `--token` and `--context`. */
export function addConnectionOptions(command: Command): Command {
  return command
    .option(
      '--url <url>',
      `the service (default: the context in use, else this checkout’s cluster, else ${CLI_DEFAULTS.url})`,
    )
    .option('--token <token>', 'sent to the service; LOCKSTEP_TOKEN keeps it out of the list of processes')
    .option('--context <name>', 'a context in place of the one in use');
}

/**
 * @param signal ends every request and every stream of the client
 * @throws LockstepError INVALID_OPTION, NOT_FOUND
 */
export async function connect(
  { environment }: Context,
  options: ConnectionOptions,
  signal?: AbortSignal,
): Promise<LockstepClient> {
  const contexts = await readContexts(environment.configFolder);
  const token = environment.token ?? (await readTokenFile(environment.tokenFile));
  const said = chooseAddress(options, environment, contexts);
  const cluster = said === undefined ? await readClusterContext(environment.clusterContextFile) : undefined;
  const service = chooseService(options, { url: environment.url, token }, contexts, cluster);
  return createClient({ ...service, ...(signal === undefined ? {} : { signal }) });
}

/**
 * The first that is said: the command line, LOCKSTEP_URL, the context in use, the cluster of this checkout, the default.
 * A context's token goes to the context's own address and to no other, and nothing but it (or `--token`) goes to a
 * context that is named: LOCKSTEP_TOKEN is meant for another service then.
 *
 * @param cluster how the checkout's own cluster is reached, if it has one
 */
export function chooseService(
  options: ConnectionOptions,
  environment: Pick<Environment, 'url' | 'token'>,
  contexts: Contexts,
  cluster?: ServiceContext,
): ServiceContext {
  const chosen = chooseAddress(options, environment, contexts) ?? cluster ?? { url: CLI_DEFAULTS.url };
  const isNamed = options.url === undefined && options.context !== undefined;
  const token = options.token ?? (isNamed ? undefined : environment.token) ?? chosen.token;
  return { url: chosen.url, ...(token === undefined ? {} : { token }) };
}

/** Undefined when nothing says one. */
function chooseAddress(
  options: ConnectionOptions,
  environment: Pick<Environment, 'url'>,
  contexts: Contexts,
): ServiceContext | undefined {
  if (options.url !== undefined) return { url: options.url };
  if (options.context !== undefined) return contextNamed(options.context, contexts);
  if (environment.url !== undefined) return { url: environment.url };
  return contexts.current === null ? undefined : contextNamed(contexts.current, contexts);
}
