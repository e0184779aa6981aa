/// <reference lib="esnext.disposable" preserve="true" />
/** Saves after changes. */
import { performance } from 'node:perf_hooks';
import { optionsOf } from '../arguments';
import { IptcError } from '../errors';
import type { Family, Firewall } from '../index';
import type { PersistOptions } from './firewalls';
import { autosaving, givenFirewalls } from './options';
import { type Saved, type SaveFilesOptions, saveFiles } from './save';
import type { SavedSets } from './sets';

export interface AutosaveOptions extends Omit<PersistOptions, 'firewalls' | 'families' | 'namespace' | 'lock'> {
  /** Saves what rules count, too. */
  readonly counters?: boolean;
  /** Milliseconds without a change before it saves; 1,000 unless told. */
  readonly delay?: number;
  /** Milliseconds after which it saves although changes don't end; ten times the delay unless told. */
  readonly maxDelay?: number;
  readonly onSave?: (saved: readonly (Saved | SavedSets)[]) => void;
  /** A save that failed; it's tried again after the next change, and after `maxDelay`. Unless told: a warning. */
  readonly onError?: (error: IptcError) => void;
}

export interface Autosave {
  /** For changes that the firewalls don't know of: those of other programs. */
  changed(): void;
  /** Saves what isn't saved yet, now. Rejects where that fails. */
  flush(): Promise<void>;
  /** Saves what isn't saved yet, and ends. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Milliseconds between two looks whether a restore has ended. */
const LOOK = 50;

/**
 * Saves the tables of firewalls after they were changed through them, once they have been quiet for a while. What is
 * saved is never the middle of a change: an edit, a transaction or a restore is in the file as a whole or not at all.
 * It keeps no process alive; close() it before closing the firewalls.
 *
 * @example
 * const saver = autosave([firewall], { delay: 500 });
 * await firewall.table('filter').chain('INPUT').append('-s 192.0.2.1 -j DROP'); // in /etc/sysconfig/iptables soon after
 * await saver.close();
 */
export function autosave(firewalls: readonly Firewall<Family>[], options?: AutosaveOptions): Autosave {
  return watch(givenFirewalls('autosave', firewalls), optionsOf('autosave', options, autosaving));
}
function watch(firewalls: readonly Firewall<Family>[], options: AutosaveOptions): Autosave {
  const { delay = 1000, maxDelay = delay * 10, onSave, onError = warn, ...rest } = options;
  const saving: SaveFilesOptions = { ...rest, firewalls, ifChanged: true };
  const busy = () => firewalls.some(({ metrics }) => metrics.restoring > 0);

  /** When the first and the last change came that isn't saved; undefined if everything is. */
  let first: number | undefined;
  let last = 0;
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const note = () => {
    last = performance.now();
    first ??= last;
    wait();
  };
  /** Until what isn't saved is due. */
  const wait = () => {
    if (first === undefined || running || timer || closed) return;
    const due = Math.min(last + delay, first + maxDelay) - performance.now();
    timer = setTimeout(look, busy() ? Math.max(due, LOOK) : due).unref();
  };
  const look = () => {
    timer = undefined;
    if (first === undefined) return;
    const now = performance.now();
    if (busy() || (now < last + delay && now < first + maxDelay)) return wait();
    run().catch((error: unknown) => {
      // Not at once again.
      first = last = performance.now() + maxDelay - delay;
      onError(
        error instanceof IptcError
          ? error
          : new IptcError('ERR_IO', `Cannot save: ${(error as Error).message}`, { cause: error }),
      );
      wait();
    });
  };
  const write = async () => {
    const since = first;
    try {
      // Between the tables of a restore there is half of it.
      while (busy()) await new Promise((resolve) => setTimeout(resolve, LOOK));
      first = undefined;
      const saved = await saveFiles(saving);
      if (saved.some((each) => each.saved)) onSave?.(saved);
    } catch (error) {
      first ??= since ?? performance.now();
      throw error;
    }
  };
  /** One after another. */
  const run = (): Promise<void> => {
    running = (running ?? Promise.resolve()).catch(() => {}).then(write);
    const mine = running;
    const forget = () => {
      if (running !== mine) return;
      running = undefined;
      wait();
    };
    mine.then(forget, forget);
    return mine;
  };

  for (const firewall of firewalls) firewall.on('commit', note);

  const flush = async () => {
    for (const firewall of firewalls) await firewall.drain();
    await running?.catch(() => {});
    if (first !== undefined) await run();
  };
  const close = async () => {
    if (closed) return;
    closed = true;
    clearTimeout(timer);
    try {
      await flush();
    } finally {
      for (const firewall of firewalls) firewall.off('commit', note);
    }
  };
  return { changed: note, flush, close, [Symbol.asyncDispose]: close };
}

function warn(error: IptcError): void {
  process.emitWarning(`${error.message}${error.hint === undefined ? '' : `. ${error.hint}`}`, 'IptcWarning');
}
