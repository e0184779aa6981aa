/** Whether somebody changes tables: who wants to know, and how it is found out where the backend has no better way. */
import { clearTimeout, setTimeout } from '../clock';
import type { Backend } from './backend';

/** A program, as the kernel tells of it. */
export interface Changer {
  /** That of its thread, where it has several. */
  readonly pid: number;
  /** The first 15 bytes of its name. */
  readonly program: string;
}
export interface Observer {
  /** Rules of these tables may have changed. Who has done it, where that is told. Once, too, when the looking begins. */
  changed(by?: Changer): void;
  /** It can't be told any more. */
  failed(error: unknown): void;
}
export interface Observation {
  /** Looks at what there is now, to tell of what differs from that: what comes and goes between two looks isn't seen. */
  rebase?(): Promise<void>;
  /** Tells now what would be told soon. */
  drain?(): void;
  close(): void;
}

/** Milliseconds between two looks. */
export const LOOK = 400;

/** Tells of changes of these tables, whoever makes them, until it is closed. */
export function observe(backend: Backend, tables: readonly string[], observer: Observer): Observation {
  if (backend.observe) return backend.observe(tables, observer);
  let before: Buffer[] | undefined;
  return looking(observer, async () => {
    const now = await Promise.all(tables.map(async (table) => Buffer.from(await backend.snapshot(table))));
    const same = before?.every((bytes, i) => bytes.equals(now[i]!));
    before = now;
    return same !== true;
  });
}

/** Looks again and again whether something has changed since the last look; `whole`, whatever that costs. */
export function looking({ changed, failed }: Observer, look: (whole: boolean) => Promise<boolean>): Observation {
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let begun = false;
  let last: Promise<boolean> = Promise.resolve(false);
  /** One after the other. */
  const next = (whole = false) => {
    last = last.catch(() => false).then(() => look(whole));
    return last;
  };
  const again = async () => {
    try {
      const found = await next();
      if (closed) return;
      if (found || !begun) changed();
      begun = true;
      timer = setTimeout(again, LOOK);
    } catch (error) {
      if (!closed) failed(error);
    }
  };
  void again();
  return {
    async rebase() {
      await next(true);
    },
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
