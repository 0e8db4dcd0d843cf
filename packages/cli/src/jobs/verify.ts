/** `lockstep verify`: a finished job once more, from its start, and whether the same bits come out. */
import { LockstepError } from '@lockstep/core';
import type { Context } from '../commands/context.js';
import type { JobOptions } from '../commands/job-options.js';
import { connect } from '../connection/connect.js';
import { EXIT, exitCodeOfState } from '../output/failure.js';
import { concludeFailure, followUntilEnd, interruptible } from './watch-job.js';

/** @returns the exit code: 0 for equal weights, 1 for others or a run that failed */
export function verifyJob(context: Context, id: string, options: JobOptions): Promise<number> {
  const { output } = context;
  return interruptible(async (interruption) => {
    const client = await connect(context, options, interruption.signal);
    const before = await client.jobs.get(id);
    if (before.state !== 'SUCCEEDED' || before.weightsSha256 === null) {
      throw new LockstepError(
        'CONFLICT',
        `job ${id} is ${before.state.toLowerCase()}: it has no weights to compare with`,
        {
          hint: 'wait for its end with `lockstep job watch`, or verify another',
        },
      );
    }
    const submitted = await client.jobs.retry(id);
    output.say(`▶ ${before.name} runs again as job ${submitted.id} on ${client.url} · Ctrl-C leaves it running`);
    const again = await followUntilEnd(context, client, submitted, interruption);
    if (again === undefined) return EXIT.interrupted;
    const weightsSha256 = [before.weightsSha256, again.weightsSha256] as const;
    const same = weightsSha256[0] === weightsSha256[1];
    const result = { job: id, again: again.id, state: again.state, same, weightsSha256 };
    output.result(
      options.json === true
        ? JSON.stringify(result, undefined, 2)
        : [`${id}  ${weightsSha256[0]}`, `${again.id}  ${weightsSha256[1] ?? '–'}`].join('\n'),
    );
    if (again.state !== 'SUCCEEDED') {
      concludeFailure(context, again);
      return exitCodeOfState(again.state);
    }
    const { style } = output;
    output.say(same ? `${style.good('✔')} the same weights, bit by bit` : `${style.bad('✖')} the weights differ`);
    return same ? EXIT.done : EXIT.failed;
  });
}
