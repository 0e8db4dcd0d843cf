// The images' health check: 0 if the address answers with 2xx in time. Neither curl nor wget is in them.
const DEADLINE_MILLISECONDS = 4000;

const [, , url] = process.argv;
try {
  const response = await fetch(url, { signal: AbortSignal.timeout(DEADLINE_MILLISECONDS) });
  if (!response.ok) console.error(`${url}: ${response.status} ${(await response.text()).slice(0, 500)}`);
  process.exitCode = response.ok ? 0 : 1;
} catch (error) {
  console.error(`${url}: ${error}`);
  process.exitCode = 1;
}
