/**
 * Tests never sleep: they wait for a condition, and say what was missing when it does not come true. The deadline is for
 * what never comes: others may hold the processor for long.
 */
export async function waitFor(
  condition: () => boolean | Promise<boolean>,
  what: string,
  milliseconds = 60_000,
): Promise<void> {
  const deadline = performance.now() + milliseconds;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Waited ${milliseconds / 1000} s for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
