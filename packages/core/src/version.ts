/** Of all parts of the project, which are released together. */
export const VERSION = '0.1.0';
