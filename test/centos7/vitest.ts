/**
 * What the tests use of vitest, on node:test and expect 29: Node 16 runs nothing newer. The packed tests find it as
 * `vitest` (scripts/pack-tests). Node 16's node:test forgets a suite's beforeEach in the suites within: they are run
 * here.
 */
import { writeFileSync } from 'node:fs';
import { after, before, it, describe as suite } from 'node:test';
import { format } from 'node:util';
import { expect as jestExpect } from 'expect';

const TIMEOUT = 20_000;

type Work = () => unknown;
type State = 'passed' | 'failed' | 'skipped';

interface Suite {
  readonly name: string;
  readonly skip: boolean;
  readonly beforeEach: Work[];
  readonly afterEach: Work[];
}

/** The suites that are being declared, outermost first. */
const suites: Suite[] = [];
const cases: { readonly name: string; state: State }[] = [];

function declare(name: string, body: () => void, skip: boolean): void {
  suite(name, () => {
    suites.push({ name, skip: skip || suites.some((outer) => outer.skip), beforeEach: [], afterEach: [] });
    try {
      body();
    } finally {
      suites.pop();
    }
  });
}

/** `each(rows)('… %s …', (...row) => …)`: `%s` takes what comes next in the row. */
const each =
  (declareOne: (name: string, work: () => unknown, timeout?: number) => void) =>
  (rows: readonly unknown[]) =>
  (name: string, work: (...row: unknown[]) => unknown, timeout?: number): void => {
    for (const row of rows) {
      const values: unknown[] = Array.isArray(row) ? row : [row];
      const places = name.match(/%[sdifjoO]/g)?.length ?? 0;
      declareOne(format(name, ...values.slice(0, places)), () => work(...values), timeout);
    }
  };

export const describe = Object.assign((name: string, body: () => void) => declare(name, body, false), {
  skip: (name: string, body: () => void) => declare(name, body, true),
  each: each((name, body) => declare(name, body as () => void, false)),
});

/** Of a suite that is skipped nothing is set up. */
const isSkipped = () => suites.some(({ skip }) => skip);
export function beforeAll(work: Work): void {
  if (!isSkipped()) before(work as () => void);
}
export function afterAll(work: Work): void {
  if (!isSkipped()) after(work as () => void);
}

/** `test(name, work)`, `test(name, work, timeout)` or `test(name, { timeout }, work)`. */
function declareTest(name: string, ...rest: (Work | number | { readonly timeout?: number })[]): void {
  const work = rest.find((given): given is Work => typeof given === 'function');
  const other = rest.find((given) => typeof given !== 'function');
  const timeout = (typeof other === 'number' ? other : other?.timeout) ?? TIMEOUT;
  if (work === undefined) throw new TypeError(`The test ${name} has no body`);

  const around = [...suites];
  const skip = around.some((outer) => outer.skip);
  const path = [...around.map((outer) => outer.name), name].join(' > ');
  const result: (typeof cases)[number] = { name: path, state: skip ? 'skipped' : 'failed' }; // until it has passed
  cases.push(result);
  if (skip) return;
  it(name, { timeout }, async () => {
    for (const { beforeEach } of around) for (const hook of beforeEach) await hook();
    try {
      await work();
    } catch (error) {
      if (process.env.TEST_BAIL !== undefined) process.exit(1);
      throw error;
    } finally {
      for (const { afterEach } of [...around].reverse()) for (const hook of afterEach) await hook();
    }
    result.state = 'passed';
  });
}

const skip = (name: string, ..._rest: readonly unknown[]): void => {
  cases.push({ name: [...suites.map((outer) => outer.name), name].join(' > '), state: 'skipped' });
};
export const test = Object.assign(declareTest, {
  skip,
  skipIf: (isSkipped: boolean) => (isSkipped ? skip : declareTest),
  each: each((name, work, timeout = TIMEOUT) => declareTest(name, work, timeout)),
});

/** `expect(value, message)`: jest's takes no message. */
export const expect = Object.assign(
  (value: unknown, message?: string) => explained(jestExpect(value), message),
  jestExpect,
);

function explained<T extends object>(matchers: T, message: string | undefined): T {
  if (message === undefined) return matchers;
  return new Proxy(matchers, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member === 'object' && member !== null) return explained(member, message);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        const fail = (error: Error): never => {
          error.message = `${message}\n${error.message}`;
          throw error;
        };
        try {
          const result: unknown = member.apply(target, args);
          return result instanceof Promise ? result.catch(fail) : result;
        } catch (error) {
          return fail(error as Error);
        }
      };
    },
  });
}

/** What stands in for others' functions and for the environment. */
const environment = new Map<string, string | undefined>();
export const vi = {
  stubEnv(name: string, value: string): void {
    if (!environment.has(name)) environment.set(name, process.env[name]);
    process.env[name] = value;
  },
  unstubAllEnvs(): void {
    for (const [name, value] of environment)
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    environment.clear();
  },
  spyOn<T extends object, K extends keyof T>(object: T, name: K) {
    const original = object[name];
    const calls: unknown[][] = [];
    const spy = {
      mock: { calls },
      mockImplementation(work: (...args: unknown[]) => unknown) {
        object[name] = ((...args: unknown[]) => {
          calls.push(args);
          return work(...args);
        }) as never;
        return spy;
      },
      mockRestore(): void {
        object[name] = original;
      },
    };
    return spy;
  },
};

export function beforeEach(work: Work): void {
  suites[suites.length - 1]?.beforeEach.push(work);
}

export function afterEach(work: Work): void {
  suites[suites.length - 1]?.afterEach.push(work);
}

process.on('exit', () => {
  const report = process.env.TEST_REPORT;
  if (report !== undefined) writeFileSync(report, JSON.stringify(cases));
});
