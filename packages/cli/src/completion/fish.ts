/** The completion script for fish. */
import type { OptionWord, Place, Value, Word } from './command-words.js';

/** @param places as `placesOf` has them */
export function fishCompletion(places: readonly Place[]): string {
  const paths = places.slice(1).map(({ path }) => quote(path));
  return `# fish completion for lockstep. To have it in this shell:
#   lockstep completion fish | source
# and in every shell, save it as ~/.config/fish/completions/lockstep.fish
function __lockstep_place
    set -l place lockstep
    for word in (commandline -opc)[2..-1]
        if contains -- "$place $word" ${paths.join(' ')}
            set place "$place $word"
        end
    end
    echo $place
end
function __lockstep_at
    test (__lockstep_place) = "$argv"
end
complete -c lockstep -f
${places.flatMap(renderPlace).join('\n')}
`;
}

function renderPlace({ path, commands, options, arguments: values }: Place): string[] {
  const at = `complete -c lockstep -n ${quote(`__lockstep_at ${path}`)}`;
  return [
    ...commands.map(({ word, meaning }: Word) => `${at} -a ${quote(word)} -d ${quote(meaning)}`),
    ...options.map((option) => `${at} ${renderOption(option)}`),
    ...values.flatMap((value) => (value.kind === 'free' ? [] : [`${at} ${renderValue(value)}`])),
  ];
}

function renderOption({ word, meaning, value }: OptionWord): string {
  const option = `-l ${word.replace(/^--/, '')} -d ${quote(meaning)}`;
  if (value === undefined) return option;
  return `${option} ${value.kind === 'free' ? '-x' : `-r ${renderValue(value)}`}`;
}

function renderValue(value: Value): string {
  return value.kind === 'choice' ? `-f -a ${quote(value.words.join(' '))}` : '-F';
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;
}
