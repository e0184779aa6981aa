/** One revision of an extension: a struct, and the options over it. */
import { alternatives, Mismatch } from '../../errors';
import type { Family } from '../../net/family';
import type { Hole } from '../hole';
import type { Kernel } from '../kernel';
import { isNot } from '../operand';
import type { Option } from '../option';
import { Memory, type Place } from '../struct';
import { OptionMismatch } from './constraint';
import { camel, type Options } from './definition';

/** One option as parsing, printing and documentation see it. */
export interface OptionEntry {
  readonly name: string;
  readonly key: string;
  readonly option: Option<unknown, boolean>;
}

export interface RevisionMore {
  /** Writes what always holds and no option says. */
  readonly fixed?: (m: Memory) => void;
  /** Tells an extension from another that has the same name in the kernel: true in its own bytes. */
  readonly mark?: Place<boolean>;
  /** Writes what follows from several options together, when all are written. Throws a Mismatch or an OptionMismatch. */
  readonly finish?: (m: Memory, settings: Readonly<Record<string, unknown>>) => void;
  /** What libxtables compares, where its userspacesize isn't the bytes before the kernel's own. */
  readonly userspaceSize?: number;
}

/** One revision of an extension: its struct, and the options that live in it, in the order in which they are printed. */
export class Revision<O extends Options> {
  readonly entries: readonly OptionEntry[];
  readonly size: number;
  /** What libxtables compares. */
  readonly userspaceSize: number;
  /** What options say: all but what belongs to the kernel. */
  readonly saidSize: number;
  private readonly byKey: ReadonlyMap<string, OptionEntry>;
  private readonly templates = new Map<Family, Uint8Array>();

  constructor(
    readonly number: number,
    readonly layout: {
      readonly $name: string;
      readonly $size: number;
      readonly $userspaceSize: number;
      readonly $offsets: ReadonlyMap<string, number>;
    },
    readonly options: O,
    private readonly more: RevisionMore = {},
  ) {
    this.entries = Object.entries(options).map(([name, option]) => ({ name, key: camel(name), option }));
    this.byKey = new Map(this.entries.map((entry) => [entry.key, entry]));
    this.size = Math.ceil(layout.$size / 8) * 8;
    // Padding is compared too, as libxtables does where the kernel has nothing of its own.
    this.userspaceSize =
      more.userspaceSize ?? (layout.$userspaceSize === layout.$size ? this.size : layout.$userspaceSize);
    this.saidSize = this.userspaceSize || layout.$userspaceSize;
    this.holes = [...new Set(this.entries.flatMap(({ option }) => option.hole ?? []))];
  }

  /** What varies from rule to rule. */
  readonly holes: readonly Hole[];

  private template(kernel: Kernel): Uint8Array {
    let bytes = this.templates.get(kernel.family);
    if (!bytes) {
      bytes = new Uint8Array(this.size);
      const m = new Memory(bytes, 0, kernel);
      for (const { option } of this.entries) option.initial?.(m);
      this.more.fixed?.(m);
      this.more.mark?.write(m, true);
      this.templates.set(kernel.family, bytes);
    }
    return bytes;
  }

  /** Whether bytes under the kernel's name are this extension, and not another that shares the name. */
  recognises(m: Memory): boolean {
    return this.more.mark?.read(m) ?? true;
  }

  /** Writes settings without synonyms into `size` bytes at `m.at`; gives them in canonical words. Throws an OptionMismatch. */
  encode(given: Readonly<Record<string, unknown>>, m: Memory): Readonly<Record<string, unknown>> {
    let settings = given;
    m.bytes.set(this.template(m.kernel), m.at);
    for (const key in given) {
      const value = given[key];
      if (value === undefined) continue;
      const entry = this.byKey.get(key);
      if (!entry) throw new OptionMismatch(key, new Mismatch(`one of ${alternatives([...this.byKey.keys()])}`, key));
      try {
        entry.option.write(m, value);
        const said = entry.option.operand.canonical?.(value) ?? value;
        if (said !== value) settings = { ...settings, [key]: said };
      } catch (error) {
        throw new OptionMismatch(entry.name, misfit(error, value, entry.option));
      }
    }
    this.more.finish?.(m, settings);
    return settings;
  }

  decode(m: Memory): Record<string, unknown> {
    const settings: Record<string, unknown> = {};
    for (const { key, option } of this.entries) {
      const value = option.read(m);
      if (value !== undefined) settings[key] = value;
    }
    return settings;
  }
}
/** What is wrong with a value. An operand may take its type for granted: of plain data, a TypeError says that it's another. */
export function misfit(
  error: unknown,
  value: unknown,
  { negatable, operand }: Pick<Option<unknown>, 'negatable' | 'operand'>,
): Mismatch {
  if (!(error instanceof Mismatch || error instanceof TypeError)) throw error;
  if (isNot(value) && !negatable)
    return new Mismatch('a value that is not negated: it cannot be, in this revision', value);
  return error instanceof Mismatch ? error : new Mismatch(operand.type, value);
}

export const revision = <const O extends Options>(
  number: number,
  layout: Revision<O>['layout'],
  options: O,
  more?: RevisionMore,
): Revision<O> => new Revision(number, layout, options, more);
