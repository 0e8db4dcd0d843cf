import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cpuLimit } from './cgroup.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'lockstep-'));
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

/** Files below the made-up root. */
async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(root, name)), { recursive: true });
    await writeFile(path.join(root, name), content);
  }
}

const V2 = '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n';
const V1 =
  '31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n' +
  '32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n' +
  '33 31 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n';

describe('the CPU limit of a container', () => {
  it('is the quota in a period of control groups 2', async () => {
    await write({
      'proc/self/mountinfo': V2,
      'proc/self/cgroup': '0::/\n',
      'sys/fs/cgroup/cpu.max': '150000 100000\n',
    });
    expect(cpuLimit(root)).toBe(1.5);
  });

  it('is none where the quota is max, where the group has no such file, and where there are no groups', async () => {
    expect(cpuLimit(root)).toBeUndefined();
    await write({ 'proc/self/mountinfo': V2, 'proc/self/cgroup': '0::/a\n' });
    expect(cpuLimit(root)).toBeUndefined();
    await write({ 'sys/fs/cgroup/a/cpu.max': 'max 100000\n' });
    expect(cpuLimit(root)).toBeUndefined();
  });

  it('is the smallest on the way from the own group to the root', async () => {
    await write({
      'proc/self/mountinfo': V2,
      'proc/self/cgroup': '0::/system/pod/container\n',
      'sys/fs/cgroup/system/cpu.max': '800000 100000\n',
      'sys/fs/cgroup/system/pod/cpu.max': '200000 100000\n',
      'sys/fs/cgroup/system/pod/container/cpu.max': '300000 100000\n',
      // Of somebody else.
      'sys/fs/cgroup/system/other/cpu.max': '50000 100000\n',
    });
    expect(cpuLimit(root)).toBe(2);
  });

  it('is read from the controller of control groups 1', async () => {
    await write({
      'proc/self/mountinfo': V1,
      'proc/self/cgroup': '4:memory:/docker/c1\n2:cpu,cpuacct:/docker/c1\n',
      'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '-1\n',
      'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
      'sys/fs/cgroup/cpu,cpuacct/docker/c1/cpu.cfs_quota_us': '25000\n',
      'sys/fs/cgroup/cpu,cpuacct/docker/c1/cpu.cfs_period_us': '50000\n',
    });
    expect(cpuLimit(root)).toBe(0.5);
    await write({ 'sys/fs/cgroup/cpu,cpuacct/docker/c1/cpu.cfs_quota_us': '-1\n' });
    expect(cpuLimit(root)).toBeUndefined();
  });

  it('is found where a container sees its own group alone, under the name that it has on the host', async () => {
    await write({
      'proc/self/mountinfo': '40 39 0:29 /docker/c1 /sys/fs/cgroup/cpu\\040time ro - cgroup cgroup rw,cpu\n',
      'proc/self/cgroup': '2:cpu:/docker/c1\n',
      'sys/fs/cgroup/cpu time/cpu.cfs_quota_us': '200000\n',
      'sys/fs/cgroup/cpu time/cpu.cfs_period_us': '100000\n',
    });
    expect(cpuLimit(root)).toBe(2);
    // And where the process was moved out of what is mounted.
    await write({ 'proc/self/cgroup': '2:cpu:/../c2\n' });
    expect(cpuLimit(root)).toBe(2);
  });

  it('is that of control groups 1 where both are mounted and 2 has no processor time to give', async () => {
    await write({
      'proc/self/mountinfo': V1 + V2.replace('/sys/fs/cgroup ', '/sys/fs/cgroup/unified '),
      'proc/self/cgroup': '2:cpu,cpuacct:/c\n0::/c\n',
      'sys/fs/cgroup/cpu,cpuacct/c/cpu.cfs_quota_us': '300000',
      'sys/fs/cgroup/cpu,cpuacct/c/cpu.cfs_period_us': '100000',
      'sys/fs/cgroup/unified/c/cgroup.procs': '',
    });
    expect(cpuLimit(root)).toBe(3);
  });
});
