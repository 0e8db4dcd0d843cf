export * from './assignment.js';
export * from './coverage.js';
export * from './events.js';
export * from './native-calls.js';
export * from './reduction-tree.js';
export * from './step-machine.js';
