/**
 * How much of the machine's processor time a container may take, from Linux's control groups. Node 20 does not look at
 * it, and counts the host's cores. Limits can be set on any group on the way from the container's own up to the root of
 * what it sees; the smallest holds.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';

interface Mount {
  /** The group that is seen at `point`. */
  readonly root: string;
  readonly point: string;
  readonly type: string;
  readonly options: readonly string[];
}

/** How one version of control groups says what a group may take. */
interface Hierarchy {
  readonly mount: (mount: Mount) => boolean;
  /** Of a line of /proc/self/cgroup, which is `number:controllers:path`. */
  readonly group: (controllers: string) => boolean;
  /** Of the group in `folder`; undefined when it has no limit of its own. */
  readonly limit: (folder: string) => number | undefined;
}

const HIERARCHIES: readonly Hierarchy[] = [
  {
    mount: ({ type }) => type === 'cgroup2',
    group: (controllers) => controllers === '',
    limit: (folder) => {
      const [quota, period] = read(path.join(folder, 'cpu.max'))?.trim().split(/\s+/) ?? [];
      return share(quota, period);
    },
  },
  {
    mount: ({ type, options }) => type === 'cgroup' && options.includes('cpu'),
    group: (controllers) => controllers.split(',').includes('cpu'),
    limit: (folder) => share(read(path.join(folder, 'cpu.cfs_quota_us')), read(path.join(folder, 'cpu.cfs_period_us'))),
  },
];

/**
 * @param root of the file system; another one for tests
 * @returns in CPUs, such as 1.5; undefined without a limit, and where there are no control groups
 */
export function cpuLimit(root = '/'): number | undefined {
  const mounts = readMounts(root);
  const groups = lines(path.join(root, 'proc/self/cgroup')).map((line) => /^\d+:([^:]*):(.*)$/.exec(line) ?? []);
  const limits = HIERARCHIES.flatMap((hierarchy) => {
    const mount = mounts.find((candidate) => hierarchy.mount(candidate));
    const [, , group] =
      groups.find(([, controllers]) => controllers !== undefined && hierarchy.group(controllers)) ?? [];
    if (mount === undefined || group === undefined) return [];
    return foldersOf(mount, group).map((folder) => hierarchy.limit(path.join(root, folder)));
  }).filter((limit) => limit !== undefined);
  return limits.length === 0 ? undefined : Math.min(...limits);
}

/** A quota of time in each period; anything but two numbers, such as `max` or -1, is no limit. */
function share(quota: string | undefined, period: string | undefined): number | undefined {
  const value = Number(quota) / Number(period);
  return value > 0 && Number.isFinite(value) ? value : undefined;
}

/** From the group itself up to where the hierarchy is mounted: above that nothing can be seen. */
function foldersOf({ root, point }: Mount, group: string): string[] {
  const below = path.posix.relative(root, group);
  // A group outside of what is mounted: a container that shares the host's list of groups, but not its files.
  const names = below === '' || below.startsWith('..') ? [] : below.split('/');
  return Array.from({ length: names.length + 1 }, (_, depth) => path.posix.join(point, ...names.slice(0, depth)));
}

/** Lines of mountinfo: `31 23 0:28 root point options … - type source options`. */
function readMounts(root: string): Mount[] {
  return lines(path.join(root, 'proc/self/mountinfo')).flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , mounted, point] = before.split(' ').map(unescape);
    const [type, , options = ''] = after.split(' ');
    if (mounted === undefined || point === undefined || type === undefined) return [];
    return [{ root: mounted, point, type, options: options.split(',') }];
  });
}

/** Spaces and the like are written as `\040`. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

function lines(file: string): string[] {
  return (read(file) ?? '').split('\n').filter((line) => line !== '');
}

/** Undefined where there is no such file: groups have those of their controllers alone, and other systems none. */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
