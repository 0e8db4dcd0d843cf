/** Runs `docker` and scripts for the tests: every call has a deadline, and what failed says what it said. */
import { execFile } from 'node:child_process';

const MEBIBYTE = 2 ** 20;

export interface DockerOptions {
  readonly seconds?: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface DockerResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Resolves also when it fails. */
export function tryDocker(args: readonly string[], options: DockerOptions = {}): Promise<DockerResult> {
  return tryProgram('docker', args, options);
}

/** A script that runs `docker` itself. */
export async function script(file: string, args: readonly string[], options: DockerOptions): Promise<void> {
  const { code, stderr } = await tryProgram(file, args, options);
  if (code !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${code}:\n${stderr}`);
}

function tryProgram(program: string, args: readonly string[], options: DockerOptions): Promise<DockerResult> {
  const { seconds = 60, environment = {}, cwd } = options;
  const how = {
    ...({ timeout: seconds * 1000, killSignal: 'SIGKILL', maxBuffer: 64 * MEBIBYTE } as const),
    env: { ...process.env, ...environment },
    ...(cwd !== undefined && { cwd }),
  };
  return new Promise((resolve) => {
    execFile(program, args, how, (error, stdout, stderr) => {
      const late = error?.killed === true ? `\nkilled after ${seconds} s` : '';
      resolve({ code: error === null ? 0 : Number(error.code ?? 1) || 1, stdout, stderr: stderr + late });
    });
  });
}

export async function docker(args: readonly string[], options?: DockerOptions): Promise<string> {
  const { code, stdout, stderr } = await tryDocker(args, options);
  if (code === 0) return stdout;
  throw new Error(`docker ${args.join(' ')} ended with ${code}:\n${stderr.trim().split('\n').slice(-40).join('\n')}`);
}

/** What the engine knows about a container, an image or a volume. */
export async function inspect<T>(...names: readonly string[]): Promise<readonly T[]> {
  if (names.length === 0) return [];
  return JSON.parse(await docker(['inspect', ...names])) as T[];
}
