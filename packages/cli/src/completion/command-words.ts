/** What the completion scripts of all shells are made from: each place of the command tree and the words that fit there. */
import type { CommandDescription, OptionDescription } from '../command-tree.js';

/** A command with the words that may follow it. */
export interface Place {
  /** Such as `lockstep job list`. */
  readonly path: string;
  readonly commands: readonly Word[];
  readonly options: readonly OptionWord[];
  /** What its arguments are, one after the other; the last one for all that follow. */
  readonly arguments: readonly Value[];
}

export interface Word {
  readonly word: string;
  readonly meaning: string;
}

export interface OptionWord extends Word {
  /** Undefined for a switch. */
  readonly value: Value | undefined;
}

/** What can be typed: one of a few words, the path of a file, or something that only the reader knows. */
export type Value =
  | { readonly kind: 'choice'; readonly words: readonly string[] }
  | { readonly kind: 'file' }
  | { readonly kind: 'free' };

/** Every command, the outermost first. */
export function placesOf(command: CommandDescription): Place[] {
  const { path, commands, options } = command;
  const place: Place = {
    path,
    commands: commands.map(({ name, summary }) => ({ word: name, meaning: summary })),
    options: options.map((option) => ({
      word: option.name,
      meaning: option.description,
      value: option.takesValue ? valueOf(placeholderOf(option), option.choices) : undefined,
    })),
    arguments: command.arguments.map(({ name, choices }) => valueOf(name, choices)),
  };
  return [place, ...commands.flatMap(placesOf)];
}

/** The help's own words say what is the path of a file: `--job <file>`. */
function valueOf(placeholder: string, choices: readonly string[]): Value {
  if (choices.length > 0) return { kind: 'choice', words: choices };
  return { kind: /file|folder|path/.test(placeholder) ? 'file' : 'free' };
}

function placeholderOf({ flags }: OptionDescription): string {
  return /[<[](.+?)[\]>]/.exec(flags)?.[1] ?? '';
}
