/** Edits that share a commit: one program, of which each edit knows its part. */
import type { ProgramWriter } from '../backend/writer';
import { Bisection } from './bisection';
import type { Call } from './call';
import { blamesRule, isBackendFailure, operationOf } from './failure';
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
  /** Gives the error for an edit; `before`: operations of others before its own. */
  readonly told: (edit: Edit, error: unknown, before: number) => unknown;
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
    /** The one that was refused beside those before it, which weren't. */
    let guilty: { readonly at: number; readonly reject: () => void } | undefined;
    while (!search.over) {
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
      divided();
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
