/**
 * Ends the cluster's processes when this one is gone without a word: killed with SIGKILL, or by the kernel for memory.
 *
 * A tiny shell reads the pids from a pipe. The kernel closes the pipe however we end, and the shell then sends SIGTERM
 * and, two seconds later, SIGKILL. Chosen over `setpriv --pdeathsig`, which is Linux with util-linux only, covers a
 * single process without a grace period and is bound to the thread that forked; and over the IPC channel alone,
 * which nats-server has not and which a worker inside a long native call does not look at.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/**
 * `$1`, where given, is the temporary directory that nobody else is left to remove; the pattern keeps a slip from
 * becoming an `rm -rf` of something else.
 */
const SCRIPT = `
trap '' INT TERM HUP
pids=' '
while read -r op pid; do
  case $op in
    +) pids="$pids$pid " ;;
    -) case $pids in *" $pid "*) pids="\${pids%%" $pid "*} \${pids#*" $pid "}" ;; esac ;;
    done) exit 0 ;;
  esac
done
kill -TERM $pids 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10; do
  kill -0 $pids 2>/dev/null || break
  sleep 0.2
done
kill -KILL $pids 2>/dev/null
case $1 in */lockstep-??????) rm -rf -- "$1" ;; esac
`;

export interface Guard {
  readonly pid: number | undefined;
  add(pid: number): void;
  remove(pid: number): void;
  /** Ends the guard without ending what it guards. */
  release(): Promise<void>;
}

/** @param temporaryDirectory removed with the processes; one made by `mkdtemp('…/lockstep-')` */
export function startGuard(temporaryDirectory?: string): Guard {
  const argv = ['-c', SCRIPT, 'lockstep-guard', ...(temporaryDirectory === undefined ? [] : [temporaryDirectory])];
  // Detached, so that neither Ctrl-C nor a kill of our whole process group takes the guard along.
  const shell = spawn('/bin/sh', argv, { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  const write = (line: string): void => {
    shell.stdin.write(`${line}\n`);
  };
  // A guard that is itself killed leaves the orderly ways of ending, which do not need it.
  shell.stdin.on('error', () => undefined);
  shell.on('error', () => undefined);
  return {
    pid: shell.pid,
    add: (pid) => {
      write(`+ ${pid}`);
    },
    remove: (pid) => {
      write(`- ${pid}`);
    },
    release: async () => {
      if (!isRunning(shell)) return;
      const exited = once(shell, 'exit');
      write('done');
      await exited;
    },
  };
}

function isRunning(shell: ChildProcess): boolean {
  return shell.pid !== undefined && shell.exitCode === null && shell.signalCode === null;
}
