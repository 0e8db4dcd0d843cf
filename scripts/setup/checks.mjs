// For `lockstep doctor`, which imports this file from the root of the checkout: what the machine brings, and whether the
// native files are whole to the last byte. Nothing here changes anything.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { addonEntryName, addonFault } from './addon.mjs';
import { findFault } from './cache-entry.mjs';
import { LABEL, libtensorflowName } from './libtensorflow.mjs';
import { describeNatsServer } from './nats-server.mjs';
import { cacheFolder, CHECKOUT, tidy } from './places.mjs';

export { checkMachine } from './machine.mjs';

/** @typedef {import('./machine.mjs').Check} Check */

const REMEDY = 'Run `npm run setup`.';

/**
 * Hashes every native file: some two seconds.
 * @param {{ checkout?: string, cache?: string, env?: NodeJS.ProcessEnv }} [where]
 * @returns {Promise<Check[]>}
 */
export async function verifyNativeCache({ checkout = CHECKOUT, env = process.env, cache = cacheFolder(env) } = {}) {
  return [
    await checkEntry(LABEL, join(cache, libtensorflowName())),
    await checkAddon(checkout, cache),
    await checkNatsServer(checkout, cache, env),
  ];
}

/**
 * @param {string} name
 * @param {string} place
 * @returns {Promise<Check>}
 */
async function checkEntry(name, place) {
  if (!existsSync(place)) return { name, ok: false, found: `${tidy(place)} is missing`, remedy: REMEDY };
  const fault = await findFault(place);
  if (fault === undefined) return { name, ok: true, found: `${tidy(place)}, every byte as it should be`, remedy: '' };
  return {
    name,
    ok: false,
    found: `${tidy(place)} is damaged: ${fault}`,
    remedy: `Delete that folder, then: ${REMEDY}`,
  };
}

/**
 * @param {string} checkout
 * @param {string} cache
 * @returns {Promise<Check>}
 */
async function checkAddon(checkout, cache) {
  const name = 'native addon';
  const fault = await addonFault(checkout, cache);
  if (fault !== undefined) return { name, ok: false, found: fault, remedy: REMEDY };
  return checkEntry(name, join(cache, addonEntryName(checkout) ?? ''));
}

/**
 * @param {string} checkout
 * @param {string} cache
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Check>}
 */
async function checkNatsServer(checkout, cache, env) {
  const { path, ok, entry, found } = await describeNatsServer(checkout, cache, env);
  if (!ok)
    return {
      name: 'nats-server',
      ok,
      found,
      remedy: env.LOCKSTEP_NATS_SERVER ? 'Set LOCKSTEP_NATS_SERVER to another one, or unset it.' : REMEDY,
    };
  const check = entry === undefined ? undefined : await checkEntry('nats-server', entry);
  return check?.ok === false ? check : { name: 'nats-server', ok, found: `${found}, ${tidy(path ?? '')}`, remedy: '' };
}
