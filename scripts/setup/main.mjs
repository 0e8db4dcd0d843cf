// `npm run setup`: brings a fresh clone to where `./lockstep` and the tests run. Nothing is installed when this starts,
// so everything in this folder uses Node alone. This file is kept to syntax that an old Node can parse and looks at
// the version before it loads the rest: otherwise an old Node would answer with a SyntaxError instead of a sentence.
// With `--without-native` it does what commands for a service elsewhere need, which takes Node and npm only.
const MINIMUM_NODE = [20, 19];

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor < MINIMUM_NODE[1])) {
  console.error(
    `setup: Lockstep needs Node ${MINIMUM_NODE.join('.')} or newer; this is ${process.versions.node} (${process.execPath}).\n` +
      'Get it from https://nodejs.org, or with `nvm install 24`.',
  );
  process.exit(1);
}

import('./set-up.mjs').then(({ runSetUp }) => runSetUp({ native: !process.argv.includes('--without-native') }));
