/** What `lockstep context` does with the file of contexts. No answer has a token in it. */
import { createClient } from '@lockstep/client';
import { LockstepError } from '@lockstep/core';
import { contextNamed, readContexts, writeContexts, type Contexts, type ServiceContext } from './contexts.js';

/** A context as it is shown. */
export interface ListedContext {
  readonly name: string;
  readonly url: string;
  readonly hasToken: boolean;
  /** Whether commands talk to it. */
  readonly current: boolean;
}

export interface NewContext {
  readonly name: string;
  readonly url: string;
  readonly token: string | undefined;
  /** Whether commands are to talk to it from now on; so it is for the first one in any case. */
  readonly use: boolean | undefined;
}

const MAX_TOKEN_CHARACTERS = 10_000;

/** @throws LockstepError INVALID_OPTION for a name or address that is none */
export async function addContext(folder: string, { name, url, token, use }: NewContext): Promise<ListedContext> {
  // Throws for an address that is none, and takes what is superfluous off one.
  const address = createClient({ url }).url;
  const { current, contexts } = await readContexts(folder);
  const added: ServiceContext = { url: address, ...(token === undefined ? {} : { token }) };
  const after: Contexts = {
    current: use === true || contexts.size === 0 ? name : current,
    contexts: new Map([...contexts, [name, added]]),
  };
  await writeContexts(folder, after);
  return listed(name, after);
}

/** @throws LockstepError NOT_FOUND */
export async function chooseContext(folder: string, name: string): Promise<ListedContext> {
  const { contexts } = await readContexts(folder);
  const after = { current: name, contexts };
  contextNamed(name, after);
  await writeContexts(folder, after);
  return listed(name, after);
}

/** By name. */
export async function listContexts(folder: string): Promise<readonly ListedContext[]> {
  const contexts = await readContexts(folder);
  return [...contexts.contexts.keys()].sort().map((name) => listed(name, contexts));
}

/** @returns what it was. @throws LockstepError NOT_FOUND */
export async function removeContext(folder: string, name: string): Promise<ListedContext> {
  const before = await readContexts(folder);
  const removed = listed(name, before);
  const contexts = new Map(before.contexts);
  contexts.delete(name);
  await writeContexts(folder, { current: before.current === name ? null : before.current, contexts });
  return removed;
}

/** A token from a pipe, without the line's end. @throws LockstepError INVALID_OPTION for what can be no token */
export async function readToken(input: AsyncIterable<Buffer | string>): Promise<string> {
  let text = '';
  for await (const chunk of input) {
    text += String(chunk);
    if (text.length > MAX_TOKEN_CHARACTERS) break;
  }
  const token = text.trim();
  if (token !== '' && token.length <= MAX_TOKEN_CHARACTERS && !/\s/.test(token)) return token;
  throw new LockstepError('INVALID_OPTION', 'stdin holds no token', {
    hint: 'hand it over like: lockstep context add team https://… --token-stdin < token.txt',
  });
}

function listed(name: string, contexts: Contexts): ListedContext {
  const { url, token } = contextNamed(name, contexts);
  return { name, url, hasToken: token !== undefined, current: contexts.current === name };
}
