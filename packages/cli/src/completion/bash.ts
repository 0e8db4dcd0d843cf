/** The completion script for bash 4 and newer. */
import type { Place, Value } from './command-words.js';

/** @param places as `placesOf` has them */
export function bashCompletion(places: readonly Place[]): string {
  return `# bash completion for lockstep. To have it in this shell:
#   source <(lockstep completion bash)
# and in every shell, save it as ~/.local/share/bash-completion/completions/lockstep
_lockstep() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} place=lockstep
  local word count=0 skip=0 i commands='' options='' values=''
  COMPREPLY=()
  # bash takes --option=value for three words.
  if [[ $cur == '=' ]]; then
    cur=''
  elif [[ $prev == '=' ]] && ((COMP_CWORD > 1)); then
    prev=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case "$skip$place $word" in
      *' =') ;;
      1*) skip=0 ;;
${renderSteps(places)}
      *' '-*) ;;
      *) count=$((count + 1)) ;;
    esac
  done
${renderOffers(places)}
  case "$values" in
    file) compopt -o filenames 2> /dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    'any '*) mapfile -t COMPREPLY < <(compgen -W "\${values#any }" -- "$cur") ;;
  esac
}
complete -F _lockstep lockstep
`;
}

/** How one word leads from a command to the one below it, and which options take the word that follows. */
function renderSteps(places: readonly Place[]): string {
  const patterns = (texts: readonly string[]): string => texts.map((text) => quote(`0${text}`)).join(' | \\\n        ');
  const takers = places.flatMap(({ path, options }) =>
    options.flatMap(({ word, value }) => (value === undefined ? [] : [`${path} ${word}`])),
  );
  return [
    `      ${patterns(places.slice(1).map(({ path }) => path))}) place="$place $word" count=0 ;;`,
    `      ${patterns(takers)}) skip=1 ;;`,
  ].join('\n');
}

/** What may follow: first what fits the command, then what its option before the cursor takes. */
function renderOffers(places: readonly Place[]): string {
  return `  case "$place" in
${places.map(renderWords).join('\n')}
  esac
  case "$place $count" in
${places.flatMap(renderArguments).join('\n')}
  esac
  if [[ $cur == -* ]]; then values="any $options"; elif [[ -n $commands ]]; then values="any $commands"; fi
  case "$place $prev" in
${places.flatMap(renderOptionValues).join('\n')}
  esac`;
}

function renderWords({ path, commands, options }: Place): string {
  const words = (items: readonly { readonly word: string }[]): string => quote(items.map(({ word }) => word).join(' '));
  return `    ${quote(path)}) commands=${words(commands)} options=${words(options)} ;;`;
}

/** What the last argument is holds for all that follow. */
function renderArguments({ path, arguments: values }: Place): string[] {
  return values.map((value, index) => {
    const count = index === values.length - 1 ? '*' : String(index);
    return `    ${quote(`${path} `)}${count}) values=${quote(textOf(value))} ;;`;
  });
}

function renderOptionValues({ path, options }: Place): string[] {
  return options.flatMap(({ word, value }) =>
    value === undefined ? [] : [`    ${quote(`${path} ${word}`)}) values=${quote(textOf(value))} ;;`],
  );
}

function textOf(value: Value): string {
  if (value.kind === 'choice') return `any ${value.words.join(' ')}`;
  return value.kind === 'file' ? 'file' : '';
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
