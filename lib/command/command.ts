/** A command line of iptables: what it does to which chain of which table. */
import type { AnyExtension, Family } from '../codec/extension';
import type { ErrorDetails, IptcError } from '../errors';
import { type Counters, type Rule, VERDICTS } from '../rule/rule';
import type { BaseOption } from '../text/options';
import type { Position } from '../text/words';

/** iptables' commands, by their letters; `d` and `z` are -D and -Z with a number. */
export type CommandLetter = 'A' | 'C' | 'D' | 'd' | 'I' | 'R' | 'L' | 'S' | 'F' | 'Z' | 'z' | 'N' | 'X' | 'P' | 'E';

export interface Command {
  /** One, or a listing (L, S) and then zeroing (Z, z). */
  readonly letters: readonly CommandLetter[];
  readonly table: string;
  readonly chain: string | undefined;
  /** Of a rule, from 1. */
  readonly number: number;
  /** Another name (-E). */
  readonly newName: string | undefined;
  readonly policy: string | undefined;
  /** --set-counters, of a policy. */
  readonly counters: Counters | undefined;
  readonly verbose: number;
  readonly numeric: boolean;
  readonly exact: boolean;
  readonly lineNumbers: boolean;
  /** The rules that it stands for: several addresses are several. */
  readonly rules: readonly Rule[];
  /** Seconds to wait for the lock; -1: for ever, 0: as the program does by itself. */
  readonly wait: number;
  readonly modprobe: string | undefined;
  /** What iptables remarks on. */
  readonly warnings: readonly string[];
}

/** The line asks for something else than a command. */
export type Answer =
  | { readonly answer: 'version'; readonly not: boolean }
  | { readonly answer: 'help'; readonly extensions: readonly AnyExtension[] };

export interface CommandContext {
  readonly family: Family;
  readonly position?: Position;
  /** A line of a file: of this table. */
  readonly restore?: string;
  /** The addresses of a host or network name; undefined where names are not resolved. */
  readonly resolve?: ((name: string) => readonly string[]) | undefined;
  /** Options that iptables doesn't have. */
  readonly more?: readonly BaseOption[];
  readonly take?: (option: BaseOption, values: readonly string[]) => void;
}

/** `-6` in a file for IPv4, and the other way round: iptables passes over the line. */
export const OTHER_FAMILY = Symbol('a line for the other family');

/** What is wrong with a line, or with a word of it. */
export type Refuse = (message: string, word?: string, details?: ErrorDetails) => IptcError;

/** A rule may jump to it; anything else is a chain or an extension. */
export const isVerdict = (name: string): boolean => VERDICTS.has(name);
