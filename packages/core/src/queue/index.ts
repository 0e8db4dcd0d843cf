export * from './admission.js';
export * from './fair-turns.js';
export * from './start-decision.js';
