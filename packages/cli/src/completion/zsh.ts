/** The completion script for zsh: the same walk along the words as in bash, with meanings beside them. */
import type { Place, Value, Word } from './command-words.js';

/** @param places as `placesOf` has them */
export function zshCompletion(places: readonly Place[]): string {
  return `#compdef lockstep
# zsh completion for lockstep. To have it in this shell:
#   source <(lockstep completion zsh)
# and in every shell, save it as _lockstep in a folder of $fpath
_lockstep() {
  local cur=$words[CURRENT] prev=$words[CURRENT-1] place=lockstep word values=''
  local -i count=0 skip=0 i
  local -a commands options
  # --option=value is one word in zsh.
  if [[ $cur == --*=* ]] { prev=\${cur%%=*}; compset -P '*=' }
  for ((i = 2; i < CURRENT; i++)); do
    word=$words[i]
    case "$skip$place $word" in
      (1*) skip=0 ;;
${renderSteps(places)}
      (*' '-*) ;;
      (*) count+=1 ;;
    esac
  done
  case "$place" in
${places.map(renderWords).join('\n')}
  esac
  case "$place $count" in
${places.flatMap(renderArguments).join('\n')}
  esac
  case "$place $prev" in
${places.flatMap(renderOptionValues).join('\n')}
    (*)
      if [[ $cur == -* ]]; then _describe -o option options; return; fi
      if (( $#commands )); then _describe command commands; return; fi ;;
  esac
  case "$values" in
    (file) _files ;;
    ('any '*) compadd -- \${=values#any } ;;
  esac
}
if [[ $funcstack[1] == _lockstep ]]; then _lockstep "$@"; elif (( $+functions[compdef] )); then compdef _lockstep lockstep; fi
`;
}

function renderSteps(places: readonly Place[]): string {
  const patterns = (texts: readonly string[]): string => texts.map((text) => quote(`0${text}`)).join('|');
  const takers = places.flatMap(({ path, options }) =>
    options.flatMap(({ word, value }) => (value === undefined ? [] : [`${path} ${word}`])),
  );
  return [
    `      (${patterns(places.slice(1).map(({ path }) => path))}) place="$place $word" count=0 ;;`,
    `      (${patterns(takers)}) skip=1 ;;`,
  ].join('\n');
}

function renderWords({ path, commands, options }: Place): string {
  return `    (${quote(path)}) commands=(${described(commands)}) options=(${described(options)}) ;;`;
}

function renderArguments({ path, arguments: values }: Place): string[] {
  return values.map((value, index) => {
    const count = index === values.length - 1 ? '*' : String(index);
    return `    (${quote(`${path} `)}${count}) values=${quote(textOf(value))} ;;`;
  });
}

function renderOptionValues({ path, options }: Place): string[] {
  return options.flatMap(({ word, value }) =>
    value === undefined ? [] : [`    (${quote(`${path} ${word}`)}) values=${quote(textOf(value))} ;;`],
  );
}

/** A colon parts the word from its meaning. */
function described(words: readonly Word[]): string {
  return words.map(({ word, meaning }) => quote(`${word.replaceAll(':', String.raw`\:`)}:${meaning}`)).join(' ');
}

function textOf(value: Value): string {
  if (value.kind === 'choice') return `any ${value.words.join(' ')}`;
  return value.kind === 'file' ? 'file' : '';
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
