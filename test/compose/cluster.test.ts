/** The cluster in containers, from nothing to nothing. The scenes share one cluster, and come in this order. */
import { afterAll, beforeAll } from 'vitest';
import { accessScenes } from './access.js';
import { imageScenes, startScenes } from './containment.js';
import { endScenes } from './ends.js';
import { observabilityScenes } from './observability.js';
import { remoteScenes } from './remote.js';
import { scenesOf } from './scene.js';
import { Stack } from './stack.js';
import { trainingScenes } from './training.js';

let stack: Stack;

beforeAll(async () => {
  stack = await Stack.create();
  await stack.down('--volumes', '--remove-orphans'); // what a run that was killed has left
  await stack.removeImages();
});

afterAll(async () => {
  await stack.close();
});

const scene = scenesOf(() => stack);
startScenes(scene);
imageScenes(scene);
accessScenes(scene);
trainingScenes(scene);
remoteScenes(scene);
observabilityScenes(scene);
endScenes(scene);
