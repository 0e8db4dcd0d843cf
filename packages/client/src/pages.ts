/** Lists come from the service in pages; here they are streams of items, or all of them at once. */
import type { Page } from '@lockstep/core';
import { expectArray, expectObject, expectString } from './expect.js';
import { requestJson } from './http.js';
import type { CompiledClientOptions } from './options.js';

/** The query of a list. A value of several is given several times. */
export type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** How much of a list is asked for. */
export interface ListQuery {
  /** Items in a page at most; the service has a limit of its own. */
  readonly pageSize?: number;
}

/** An address with its query, which is left out where it is empty. */
export function withQuery(path: string, query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? (value as readonly string[]) : [value]) {
      if (one !== undefined) parameters.append(name, String(one));
    }
  }
  const text = parameters.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** Every item in the order of the service, over as many requests as it takes; what is not read is not asked for. */
export async function* listItems<T>(
  options: CompiledClientOptions,
  path: string,
  query: Query,
  parse: (item: unknown) => T,
): AsyncGenerator<T, void, void> {
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page: Page<T> = await getPage(options, withQuery(path, { ...query, cursor }), parse);
    yield* page.items;
    cursor = page.nextCursor;
  }
}

export async function collectItems<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function getPage<T>(options: CompiledClientOptions, path: string, parse: (item: unknown) => T): Promise<Page<T>> {
  const { items, nextCursor } = expectObject(await requestJson(options, { method: 'GET', path }), options.url, path);
  return {
    items: expectArray(items, options.url, path).map(parse),
    nextCursor: nextCursor === null ? null : expectString(nextCursor, options.url, `the cursor of ${path}`),
  };
}
