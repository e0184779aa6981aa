/** What a command does to its table: the operations of a program, the same for a command line and for a file's line. */
import { Memory } from '../codec/struct';
import { IptcError } from '../errors';
import type { EntryCodec } from '../rule/entry';
import type { Pattern } from '../rule/pattern';
import type { Counters, Place } from '../rule/rule';
import { RuleLister } from '../text/list';
import type { Position } from '../text/words';
import type { Announcer } from './announce';
import type { Command, CommandLetter } from './command';

/** Where operations go: to a program. Those on a chain are for the one named last; rules count from 0. */
export interface Operations {
  chain(name: string): unknown;
  append(entry: Uint8Array): void;
  insert(index: number, entry: Uint8Array): void;
  replace(index: number, entry: Uint8Array): void;
  check(pattern: Pattern): void;
  delete(pattern: Pattern): void;
  deleteAt(index: number): void;
  flush(): void;
  flushAll(): void;
  zero(): void;
  zeroAt(index: number): void;
  zeroAll(): void;
  create(): void;
  deleteChain(): void;
  deleteChains(): void;
  rename(to: string): void;
  policy(verdict: string, counters?: Counters): void;
}

export interface Manner {
  /** Leaves to the kernel where a rule doesn't belong; what would have been objected to is kept, to explain its refusal. */
  readonly trusting?: boolean | undefined;
  /** Each rule, as `iptables -v` shows it: a line. */
  readonly say?: ((line: string) => void) | undefined;
  /** Where the command stands. */
  readonly position?: (() => Position) | undefined;
}

export class Executor {
  /** What would have been wrong with rules, if it weren't the kernel's to say. */
  readonly objections: IptcError[] = [];
  /** Says what becomes of chains, where somebody wants to know. */
  announcer: Announcer | undefined;
  private lister: RuleLister | undefined;

  constructor(
    private readonly codec: EntryCodec,
    private readonly table: string,
    private readonly manner: Manner = {},
  ) {}

  execute(command: Command, to: Operations): void {
    const { chain } = command;
    for (const letter of command.letters) {
      if (chain !== undefined) to.chain(chain);
      this.announcer?.command(letter, chain, command.newName);
      this.write(letter, command, to);
    }
  }

  private write(letter: CommandLetter, command: Command, to: Operations): void {
    const { chain, number } = command;
    switch (letter) {
      case 'A':
      case 'I':
      case 'R':
        for (const rule of command.rules) {
          const entry = this.understood(chain!, (place) => this.codec.encode(rule, place));
          this.show(entry);
          if (letter === 'A') to.append(entry);
          else if (letter === 'I') to.insert(number - 1, entry);
          else to.replace(number - 1, entry);
        }
        return;
      case 'C':
      case 'D':
        for (const rule of command.rules) {
          const pattern = this.understood(chain!, (place) => this.codec.pattern(rule, place));
          this.show(pattern.entry);
          if (letter === 'C') to.check(pattern);
          else to.delete(pattern);
        }
        return;
      case 'd':
        return to.deleteAt(number - 1);
      case 'F':
        return chain === undefined ? to.flushAll() : to.flush();
      case 'Z':
        return chain === undefined ? to.zeroAll() : to.zero();
      case 'z':
        return to.zeroAt(number - 1);
      case 'N':
        return to.create();
      case 'X':
        return chain === undefined ? to.deleteChains() : to.deleteChain();
      case 'E':
        return to.rename(command.newName!);
      case 'P':
        return to.policy(command.policy!, command.counters);
      default:
        throw new IptcError(
          'ERR_BAD_TEXT',
          `Expected a command that changes the table but received -${letter}`,
          this.where(),
        );
    }
  }

  private understood<R>(chain: string, as: (place: Place) => R): R {
    const within = (error: unknown) => (error instanceof IptcError ? error.within(this.where(chain)) : error);
    try {
      return as({ table: this.table, chain });
    } catch (error) {
      if (!this.manner.trusting || !(error instanceof IptcError)) throw within(error);
      try {
        const understood = as({ trusting: true });
        this.objections.push(error.within({ ...this.where(chain), ...this.manner.position?.() }));
        return understood;
      } catch (inner) {
        throw within(inner);
      }
    }
  }

  private show(entry: Uint8Array): void {
    const { say } = this.manner;
    if (!say) return;
    this.lister ??= new RuleLister(this.codec, { numeric: true, verbose: true, exact: true, lineNumbers: false });
    say(this.lister.brief(new Memory(entry, 0, this.codec.kernel), 0));
  }

  private where(chain?: string) {
    return { family: this.codec.kernel.family, table: this.table, chain } as const;
  }
}
