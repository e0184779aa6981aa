/** An option of an extension: an operand, and the answers to "is it there?" and "must it be?". */

import { exceptHole, type Hole, holeWhere } from './hole';
import { type Context, flag, isNot, type Not, negatable, type Operand } from './operand';
import type { Memory, Place } from './struct';

export class Option<T, Required extends boolean = boolean> {
  /** One sentence for help and documentation. */
  readonly description: string = '';
  /** Other spellings of its name on the command line. */
  readonly aliases: readonly string[] = [];
  /** Whether `!` may stand before it. */
  readonly negatable: boolean;
  /** Whether it may be given several times; the value is then the list of all. */
  readonly repeatable: boolean = false;
  /** The option that has to stand before it on a command line. */
  readonly after?: string;
  /** Keys of options that, behind it on a command line, belong to its list's new element. */
  readonly opens?: readonly string[];
  /** What iptables remarks on, and takes all the same, by the value and the spelling of the option. */
  readonly remark?: (value: T, spelling: string) => string | undefined;
  /** What iptables-save prints behind its name where the data doesn't have it. */
  readonly unsaid?: (context: Context) => string;
  /** Where its value is, if it varies from rule to rule. */
  readonly hole?: Hole;

  constructor(
    readonly operand: Operand<T>,
    readonly required: Required,
    /** The value, or undefined if the option isn't there. */
    readonly read: (m: Memory) => T | undefined,
    readonly write: (m: Memory, value: T) => void,
    /** Writes what holds if the option isn't given, where that isn't zero. */
    readonly initial?: (m: Memory) => void,
  ) {
    this.negatable = 'negatable' in operand;
  }

  private with(changes: Partial<Option<T, Required>>): this {
    return Object.assign(Object.create(Object.getPrototypeOf(this)), this, changes);
  }
  doc(description: string): this {
    return this.with({ description });
  }
  alias(...aliases: readonly string[]): this {
    return this.with({ aliases });
  }
  remarked(remark: (value: T, spelling: string) => string | undefined): this {
    return this.with({ remark });
  }
  /** What its members hold where it isn't given, if not zero. */
  else(initial: (m: Memory) => void): this {
    return this.with({ initial });
  }
  /** On a command line it has to stand behind that option; as data they have no order. */
  behind(after: string): this {
    return this.with({ after });
  }
  /**
   * iptables-save prints it even if it was never given, though then the kernel holds other bytes:
   * `--connlimit-mask 32` clears what lies behind an IPv4 mask. Absent and given stay two things as data.
   */
  saidAnyway(unsaid: (context: Context) => string): this {
    return this.with({ unsaid });
  }
  /**
   * Its value varies from rule to rule, and is printed from its bytes. No other option may look at these (hole.ts),
   * but `where` other bytes say that they are this one's; and where their form is regular, they alone may not say whether
   * it is there. Values that a check of the extension may refuse are left to it: `passes` says which it doesn't.
   */
  varies(passes?: (m: Memory) => boolean, where?: Place<boolean>): this {
    let { hole } = this.operand;
    if (hole && passes) {
      const { read } = hole;
      hole = { ...hole, read: (m, words) => read(m, words) && passes(m) };
    }
    if (hole && where) hole = holeWhere(where, hole);
    return this.with({ hole } as Partial<Option<T, Required>>);
  }
}

/** Always in the struct, so always given. */
export const required = <T>(o: Operand<T>): Option<T, true> =>
  new Option(
    o,
    true,
    (m) => o.read(m),
    (m, value) => o.write(m, value),
  );

/** There when `present` is set, which writing it does. */
export const optional = <T>(present: Place<boolean>, o: Operand<T>): Option<T, false> =>
  new Option(
    o,
    false,
    (m) => (present.read(m) ? o.read(m) : undefined),
    (m, value) => {
      present.write(m, true);
      o.write(m, value);
    },
  );

/** An option without argument, not negatable: there when the place is set. */
export const flagged = (place: Place<boolean>): Option<true, false> => optional(place, flag(place));

/** Always in the struct, but said aloud only if it differs from `fallback`. */
export const defaulted = <T>(fallback: T, o: Operand<T>): Option<T, false> => {
  const same =
    typeof fallback === 'object'
      ? (value: T) => JSON.stringify(value) === JSON.stringify(fallback)
      : (value: T) => value === fallback;
  const hole = o.hole && exceptHole(o.hole, (m) => same(o.read(m)));
  return new Option(
    { ...o, hole },
    false,
    (m) => {
      const value = o.read(m);
      return same(value) ? undefined : value;
    },
    (m, value) => o.write(m, value),
    (m) => o.write(m, fallback),
  );
};

/** Always in the struct and always said aloud; `fallback` holds where it isn't given. */
export const implied = <T>(fallback: T, o: Operand<T>): Option<T, false> =>
  new Option(
    o,
    false,
    (m) => o.read(m),
    (m, value) => o.write(m, value),
    (m) => o.write(m, fallback),
  );

/** The same, but it only means something, and is only said, where `matters` holds. */
export const impliedIf = <T>(matters: Place<boolean>, fallback: T, o: Operand<T>): Option<T, false> =>
  new Option(
    o,
    false,
    (m) => (matters.read(m) ? o.read(m) : undefined),
    (m, value) => o.write(m, value),
    (m) => o.write(m, fallback),
  );

/** May be given several times: its value is the list, and each of its words stands for one element of it. */
export const repeated = <T, Required extends boolean>(
  option: Option<readonly T[], Required>,
): Option<readonly T[], Required> =>
  Object.assign(Object.create(Object.getPrototypeOf(option)), option, { repeatable: true });

/**
 * One of two options that negate each other, told apart by a bit: `! --connlimit-upto 5` is `--connlimit-above 5`,
 * and decodes to that.
 */
export const opposite = <T>(bit: Place<boolean>, side: boolean, o: Operand<T>): Option<T | Not<T>, false> =>
  new Option<T | Not<T>, false>(
    negatable({ read: () => false, write: () => {} }, o),
    false,
    (m) => (bit.read(m) === side ? o.read(m) : undefined),
    (m, value) => {
      const not = isNot(value);
      bit.write(m, side !== not);
      o.write(m, (not ? value.not : value) as T);
    },
  );

/**
 * A mask that is all ones unless it is given. iptables says it in any case, and where an IPv4 mask is given,
 * clears what lies behind it: given or not stays two things as data.
 */
export const maskUnlessGiven = <T>(
  mask: Place<Uint8Array>,
  o: Operand<T>,
  full: (family: 'ipv4' | 'ipv6') => string,
): Option<T, false> =>
  new Option<T, false>(
    o,
    false,
    (m) => (mask.read(m).every((byte) => byte === 0xff) ? undefined : o.read(m)),
    (m, value) => o.write(m, value),
    (m) => mask.write(m, new Uint8Array(16).fill(0xff)),
  ).saidAnyway(({ kernel }) => full(kernel.family));
