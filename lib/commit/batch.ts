/** Edits that share a commit: one program, of which each edit knows its part. */
import type { ToldReader, ToldRecord } from '../backend/told';
import { ProgramWriter } from '../backend/writer';
import { Bisection } from './bisection';
import type { Call } from './call';
import { blamesRule, isBackendFailure, isGivenUp, operationOf } from './failure';
import type { Origins } from './origins';

export interface Edit {
  readonly call: Call;
  /** Withdraws it, if it isn't being tried. */
  readonly signal: AbortSignal | undefined;
  tried: boolean;
  /** Which of its parts its operations come from. */
  readonly origins: Origins | undefined;
  /** Where its operations begin in the batch's program, and which of them is its first. */
  start: number;
  first: number;
  /** Settles it; what was told of its commit's edits is read by each in its turn. */
  readonly resolve: (told: ToldReader) => void;
  readonly reject: (error: unknown) => void;
}

/** What an edit gives of what it is told; most are told nothing. */
export type Reading<R> = ((told: ToldRecord) => R) | undefined;
/** The same of the next of what is told. */
export const readIn = <R>(read: Reading<R>, told: ToldReader): R => read?.(told.next()) as R;

/** Edits that are tried together. */
export interface Part {
  readonly edits: readonly Edit[];
  readonly program: Uint8Array;
  /** Aborted when one of them is: the others can be tried again without it. */
  readonly signal: AbortSignal | undefined;
}

/** Who is told what becomes of them. */
export interface Teller {
  /** Gives the error for an edit; `before`: operations of others before its own. */
  readonly told: (edit: Edit, error: unknown, before: number) => unknown;
  /** Fewer are going to be tried than were. */
  readonly divided: (edits: number) => void;
}

export class Batch {
  private edits: Edit[] = [];
  /** Signals that have been aborted since the edits were looked through. */
  private aborted = 0;
  private signals = 0;
  private controller: AbortController | undefined;

  constructor(
    public program: ProgramWriter,
    /** How long they wait for the lock; those that wait otherwise have a commit of their own. */
    readonly wait: number | undefined,
    /** Gives the error for an edit that is withdrawn. */
    private readonly withdrawn: (call: Call, signal: AbortSignal) => unknown,
  ) {}

  get length(): number {
    return this.edits.length;
  }

  /** Adds an edit; settles when it has been tried. */
  add<R>(
    call: Call,
    written: ProgramWriter,
    origins: Origins | undefined,
    signal?: AbortSignal,
    read?: Reading<R>,
  ): Promise<R> {
    const added = new Promise<R>((settle, reject) => {
      const resolve = (told: ToldReader) => settle(readIn(read, told));
      const { length: start, operations: first } = this.program;
      this.program.concat(written);
      this.edits.push({ call, signal, tried: false, origins, start, first, resolve, reject });
    });
    return signal ? this.abortable(added, this.edits[this.edits.length - 1]!, signal) : added;
  }
  private async abortable<R>(added: Promise<R>, edit: Edit, signal: AbortSignal): Promise<R> {
    const abort = () => {
      this.aborted++;
      if (edit.tried) this.controller?.abort();
      else edit.reject(this.withdrawn(edit.call, signal));
    };
    this.signals++;
    signal.addEventListener('abort', abort);
    try {
      return await added;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Takes those out whose signals are aborted, and those before `from`, which have been tried. */
  private withdraw(from: number): void {
    this.aborted = 0;
    const left = this.edits.slice(from);
    const { bytes, operations } = this.program;
    const program = new ProgramWriter(bytes.length);
    this.edits = [];
    for (const [i, edit] of left.entries()) {
      edit.tried = false;
      if (edit.signal?.aborted) {
        edit.reject(this.withdrawn(edit.call, edit.signal));
        continue;
      }
      const { length: start, operations: first } = program;
      // The next one's are still where they were.
      const next = left[i + 1];
      program.add(bytes.subarray(edit.start, next?.start), (next?.first ?? operations) - edit.first);
      edit.start = start;
      edit.first = first;
      this.edits.push(edit);
    }
    this.program = program;
  }

  /** What to commit, one after the other. Whoever does it gives back what it failed with. */
  *parts({ told, divided }: Teller): Generator<Part, void, unknown> {
    let search = new Bisection(this.edits.length);
    /** The one that was refused beside those before it, which weren't. */
    let guilty: { readonly at: number; readonly reject: () => void } | undefined;
    while (!search.over) {
      if (this.aborted > 0) {
        this.withdraw(search.from);
        search = new Bisection(this.edits.length);
        guilty = undefined;
        continue;
      }
      if (guilty?.at === search.from) {
        guilty.reject();
        guilty = undefined;
        search.refuse(0);
        continue;
      }
      const part = this.part(search.from, search.count);
      const error = yield part;
      if (error === undefined) {
        search.accept();
        continue;
      }
      // The lock wasn't waited for any longer: those that still want it, do.
      if (this.aborted > 0 && isGivenUp(error)) continue;
      guilty = undefined;
      const [first] = part.edits;
      if (!isBackendFailure(error) || !blamesRule(error)) {
        for (const edit of part.edits) edit.reject(told(edit, error, 0));
        search.accept();
        continue;
      }
      const operation = operationOf(error);
      const blamed = operation === undefined ? undefined : indexOf(part.edits, first!.first + operation);
      const edit = part.edits[blamed ?? 0]!;
      const reject = () => edit.reject(told(edit, error, edit.first - first!.first));
      const at = search.from + (blamed ?? 0);
      if (search.refuse(blamed)) {
        reject();
        continue;
      }
      // Those before one that libiptc blames the kernel may refuse.
      if (blamed !== undefined && error.stage === 'commit') guilty = { at, reject };
      divided(part.edits.length);
    }
  }

  private part(from: number, count: number): Part {
    const { bytes } = this.program;
    const edits = this.edits.slice(from, from + count);
    for (const edit of edits) edit.tried = true;
    this.controller = this.signals > 0 ? new AbortController() : undefined;
    const signal = this.controller?.signal;
    return { edits, signal, program: bytes.subarray(edits[0]!.start, this.edits[from + count]?.start ?? bytes.length) };
  }
}

/** Which of the edits an operation belongs to. */
function indexOf(edits: readonly Edit[], operation: number): number {
  let low = 0;
  let high = edits.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (edits[middle]!.first <= operation) low = middle;
    else high = middle - 1;
  }
  return low;
}
