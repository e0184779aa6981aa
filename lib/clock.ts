/**
 * Time and the event loop's turns as they really are. Taken when this is loaded: a test that fakes timers afterwards means
 * its own delays, and whatever waits for a table would wait for ever.
 */
const { setImmediate, setTimeout, clearTimeout } = globalThis;
const { hrtime } = process;

export { clearTimeout, setImmediate, setTimeout };

/** Milliseconds since some moment. */
export function now(): number {
  const [seconds, nanoseconds] = hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

/** Settles when everybody else has had a turn. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
