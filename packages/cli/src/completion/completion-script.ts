/** `lockstep completion`: what a shell needs to complete the command's words, made from the command itself. */
import type { CommandDescription } from '../command-tree.js';
import { bashCompletion } from './bash.js';
import { placesOf, type Place } from './command-words.js';
import { fishCompletion } from './fish.js';
import type { Shell } from '../options.js';
import { zshCompletion } from './zsh.js';

const SCRIPTS: Readonly<Record<Shell, (places: readonly Place[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

export function completionScript(shell: Shell, program: CommandDescription): string {
  return SCRIPTS[shell](placesOf(program));
}
