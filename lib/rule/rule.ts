/** A rule as data: it mirrors the command line one to one, and loses nothing. */
import type { Family } from '../codec/extension';
import type { Not, Protocol } from '../codec/operand';
import type { MatchSettings, TargetSettings } from '../extensions/settings';

export type { Family, Not, Protocol };

/** What a rule counts, as bigint, which JSON has not: rulesToJson() says them otherwise. */
export interface Counters {
  readonly packets: bigint;
  readonly bytes: bigint;
}
/** The same as it may be given: as a number, too, or as JSON has it beyond 2^53 - 1, a text of digits. */
export interface CountersInput {
  readonly packets: bigint | number | string;
  readonly bytes: bigint | number | string;
}

/** An extension, revision or bit that can't be written again from settings: its bytes in hexadecimal. */
export interface Opaque {
  readonly revision: number;
  readonly data: string;
}

type KeysOf<T> = T extends unknown ? keyof T : never;
/** What one key's value is: settings, or bytes; each has none of the other's keys, so that either's may be read. */
type Known<T> =
  | (T & { readonly [K in keyof Opaque]?: never })
  | (Opaque & { readonly [K in Exclude<KeysOf<T>, keyof Opaque>]?: never });
/** Of all names exactly one. */
type OneOf<T, Names extends PropertyKey> = T extends unknown
  ? { [K in keyof T]: { readonly [P in K]: Known<T[K]> } & { readonly [P in Exclude<Names, K>]?: never } }[keyof T]
  : never;
/** What is kept of an extension that isn't known here by this name: bytes alone, no settings. */
export interface UnknownExtension extends Opaque {}
type Unknown<Names extends PropertyKey> = { readonly [name: string]: UnknownExtension } & {
  readonly [P in Names]?: never;
};

/** All matches, of either family. */
export type MatchName = keyof MatchSettings<'ipv4'> | keyof MatchSettings<'ipv6'>;
/** All targets that are extensions, of either family. */
export type TargetName = keyof TargetSettings<'ipv4'> | keyof TargetSettings<'ipv6'>;
/** An element of `match`: exactly one key, the match's name. */
export type MatchElement<F extends Family = Family> = OneOf<MatchSettings<F>, MatchName> | Unknown<MatchName>;
/** Any name of a chain; said so that an editor offers the verdicts beside it. */
export type AnyName = string & {};
/** What is inferred of a rule's target: its name, or 0 where it is an object, whose keys are completed then, not a string's. */
export type Named = string | 0;
export type Verdict = 'ACCEPT' | 'DROP' | 'QUEUE' | 'RETURN';
/** A target that isn't a plain name: another chain without return, or an extension. */
export type TargetObject<F extends Family = Family> =
  | ({ readonly goto: string } & { readonly [P in TargetName]?: never })
  | (OneOf<TargetSettings<F>, TargetName> & { readonly goto?: never })
  | Unknown<TargetName | 'goto'>;
/**
 * Where a matching packet goes. As a string a verdict or a chain, never an extension: where `T` is inferred,
 * `target: 'REJECT'` doesn't compile; it is written `{ REJECT: {} }`.
 */
export type Target<F extends Family = Family, T extends Named = AnyName> =
  | Verdict
  | (0 extends T ? never : AnyName extends T ? AnyName : T & Exclude<T, TargetName>)
  | TargetObject<F>;

/**
 * What is given is read once and not kept; what is read is frozen. A key whose value is undefined is as good as absent:
 * but a rule with keys of conditions, all of them undefined, is refused (ERR_BAD_RULE), since it would be for all packets.
 */
export interface PlainRule<F extends Family = Family, T extends Named = AnyName> {
  /** By name or number (`-p`). In IPv6 the kernel keeps that `all` was said, though iptables-save doesn't print it. */
  readonly protocol?: Protocol | Not<Protocol>;
  /** An address with an optional mask (`-s`): `10.0.0.0/8`. */
  readonly source?: string | Not<string>;
  readonly destination?: string | Not<string>;
  /** A name, or its beginning and `+` (`-i`). */
  readonly inInterface?: string | Not<string>;
  readonly outInterface?: string | Not<string>;
  /** Second and further fragments (`-f`); IPv4 only. */
  readonly fragment?: F extends 'ipv4' ? true | Not<true> : never;
  /** In the kernel's order; a match may occur twice. */
  readonly match?: readonly MatchElement<F>[];
  /** Nothing at all: the rule only counts. */
  readonly target?: Target<F, T>;
  readonly counters?: CountersInput;
  readonly entry?: never;
}
/**
 * A rule whose header can't be said in words: the whole entry in hexadecimal. Hardly any rule is one, but any that is
 * read may be: `if (!('entry' in rule))` tells TypeScript that it has `source`, `match` and so on.
 */
export type OpaqueRule = { readonly [K in Exclude<keyof PlainRule, 'counters' | 'entry'>]?: never } & {
  readonly entry: string;
  readonly counters?: CountersInput;
};
export type Rule<F extends Family = Family, T extends Named = AnyName> = PlainRule<F, T> | OpaqueRule;
/** A rule as it was read: with its counters. */
export type ListedRule<F extends Family = Family> = Rule<F> & { readonly counters: Counters };

export const VERDICTS: ReadonlySet<string> = new Set<Verdict>(['ACCEPT', 'DROP', 'QUEUE', 'RETURN']);

/** Where a rule is going to be; what isn't said isn't checked. */
export interface Place {
  readonly table?: string;
  readonly chain?: string;
  /** What the kernel refuses by itself, where an extension may be used and with which protocols, is left to it. */
  readonly trusting?: boolean;
  /** It is looked for there: whatever a kernel may hold is allowed, in any revision. */
  readonly existing?: boolean;
}
