// What the compose test tells whoever runs it.

/** The machine has no engine, or lacks what makes one: nothing was tested, which is neither success nor failure. */
export class NoEngine extends Error {}

/** @param {string} text */
export const say = (text) => void process.stderr.write(`compose: ${text}\n`);
