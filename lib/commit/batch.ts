/** Edits that share a commit: one program, of which each edit knows its part. */
import type { ProgramWriter } from '../backend/writer';
import { Bisection } from './bisection';
import type { Call } from './call';
import { blamesRule, isBackendFailure } from './failure';
import type { Origins } from './origins';

export interface Edit {
  readonly call: Call;
  /** Which of its parts its operations come from. */
  readonly origins: Origins | undefined;
  /** Where its operations begin in the batch's program, and which of them is its first. */
  readonly start: number;
  readonly first: number;
  /** Settles it. */
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Edits that are tried together. */
export interface Part {
  readonly edits: readonly Edit[];
  readonly program: Uint8Array;
}

/** Who is told what becomes of them. */
export interface Teller {
  /** Gives the error for an edit; `program` is its own, if it is to blame. */
  readonly told: (edit: Edit, error: unknown, program?: Uint8Array) => unknown;
  /** Fewer are going to be tried than were. */
  readonly divided: () => void;
}

export class Batch {
  private readonly edits: Edit[] = [];

  constructor(readonly program: ProgramWriter) {}

  get length(): number {
    return this.edits.length;
  }

  /** Adds an edit; settles when it has been tried. */
  add(call: Call, written: ProgramWriter, origins: Origins | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const { length: start, operations: first } = this.program;
      this.program.concat(written);
      this.edits.push({ call, origins, start, first, resolve, reject });
    });
  }

  /** What to commit, one after the other. Whoever does it gives back what it failed with. */
  *parts({ told, divided }: Teller): Generator<Part, void, unknown> {
    const search = new Bisection(this.edits.length);
    while (!search.over) {
      const part = this.part(search.from, search.count);
      const error = yield part;
      if (error === undefined) {
        search.accept();
      } else if (!isBackendFailure(error) || !blamesRule(error)) {
        for (const edit of part.edits) edit.reject(told(edit, error));
        search.accept();
      } else {
        const { from } = search;
        const [first] = part.edits;
        // libiptc says which operation it refuses; the kernel doesn't.
        const blamed = error.stage === 'edit' ? indexOf(part.edits, first!.first + error.operation) : undefined;
        if (search.refuse(blamed)) first!.reject(told(first!, error, this.part(from, 1).program));
        else divided();
      }
    }
  }

  private part(from: number, count: number): Part {
    const { bytes } = this.program;
    const edits = this.edits.slice(from, from + count);
    return { edits, program: bytes.subarray(edits[0]!.start, this.edits[from + count]?.start ?? bytes.length) };
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
