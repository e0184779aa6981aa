/** What a definition of an extension says, and the types that follow from it. */

import { protocolName } from '../../net/databases';
import type { Family } from '../../net/family';
import type { Effect, Test } from '../meaning';
import type { Context, Operand } from '../operand';
import type { Option } from '../option';
import type { PacketSet, Symbols } from '../symbol';
import type { Constraint } from './constraint';
import type { Revision } from './revision';

export type { Family };
export type TableName = 'raw' | 'mangle' | 'nat' | 'filter' | 'security';
export type Hook = 'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT' | 'POSTROUTING';

// biome-ignore lint/suspicious/noExplicitAny: options of any value
export type Options = Readonly<Record<string, Option<any, boolean>>>;
/** Another spelling of options: its operand holds no place, `expand` says what it stands for. */
export interface Synonym<T> {
  readonly operand: Operand<T>;
  readonly description: string;
  readonly negatable: boolean;
  expand(value: T): Record<string, unknown>;
}
// biome-ignore lint/suspicious/noExplicitAny: synonyms of any value
export type Synonyms = Readonly<Record<string, Synonym<any>>>;

type Camel<S extends string> = S extends `${infer A}-${infer B}` ? `${A}${Capitalize<Camel<B>>}` : S;
type Simplify<T> = { [K in keyof T]: T[K] } & {};
type ValueOf<O> = O extends Option<infer T, boolean> ? T : never;
type Required<O, S> = [keyof S] extends [never]
  ? { [K in keyof O]: O[K] extends { readonly required: true } ? K : never }[keyof O]
  : never;
/** What the user writes: the options' names, camel-cased, with their inferred types. */
export type Settings<O, S = {}> = [keyof O | keyof S] extends [never]
  ? { readonly [none: string]: never }
  : Simplify<
      { readonly [K in keyof O & string as K extends Required<O, S> ? Camel<K> : never]: ValueOf<O[K]> } & {
        readonly [K in keyof O & string as K extends Required<O, S> ? never : Camel<K>]?: ValueOf<O[K]>;
      } & { readonly [K in keyof S & string as Camel<K>]?: S[K] extends Synonym<infer T> ? T : never }
    >;

export const camel = (name: string): string => name.replace(/-(.)/g, (_, c: string) => c.toUpperCase());

/** Where iptables-extensions(8) or the kernel lets an extension be used; what isn't said is everything. */
export interface Where {
  readonly tables?: readonly TableName[];
  readonly hooks?: readonly Hook[];
  /** The rule's `-p`, which must not be negated, has to be one of these. */
  readonly protocols?: readonly number[];
  /** What iptables says of another protocol, if it says so itself and doesn't leave it to the kernel. */
  readonly iptables?: string;
}

/** What a check may look at besides the settings. */
export interface RuleFacts {
  readonly family: Family;
  readonly protocol: number;
  readonly protocolNegated: boolean;
  /** The rule's matches, and where it is going to be, as far as that is known. */
  readonly match?: readonly { readonly name: string; readonly settings: unknown }[];
  readonly chain?: string | undefined;
}

/** A rule's protocol as its data says it, for messages about what was received. */
export function givenProtocol({ protocol, protocolNegated }: RuleFacts): unknown {
  if (protocol === 0) return undefined;
  const name = protocolName(protocol) ?? protocol;
  return protocolNegated ? { not: name } : name;
}

/** How -L prints: with names or numbers, in a rule of this protocol. */
export interface ListContext extends Context {
  readonly numeric: boolean;
  /** The revision of the settings listed. */
  readonly revision?: number;
  /** A host's name by its address, if it's to be printed; never asked if numeric. */
  readonly hostName?: ((address: string) => string | undefined) | undefined;
}

/** What has to be in the kernel before a rule can name it; the kernel's refusal doesn't say that it isn't. */
export interface KernelObject {
  /** `conntrack helper` */
  readonly kind: string;
  /** How one of this name comes about. */
  readonly make: (name: string, family: Family) => string;
  /** What the kernel refuses such a rule with, if not ENOENT. It may then have other reasons, too. */
  readonly errno?: 'EINVAL';
}

export interface Definition<N extends string, F extends Family, O extends Options, S extends Synonyms> {
  /** As after -m or -j. */
  readonly name: N;
  /** Other names that stand for it on input. */
  readonly aliases?: readonly string[];
  /** What it does, one sentence. */
  readonly doc: string;
  /** Where it exists; both families if not said. */
  readonly families?: readonly F[];
  /** Its name in the kernel, if that is another one (`state` is a `conntrack` with a mark of its own). */
  readonly kernelName?: string;
  readonly where?: Where;
  /** Newest first; the first one gives the settings their type. */
  // biome-ignore lint/suspicious/noExplicitAny: older revisions have options of their own
  readonly revisions: readonly [Revision<O>, ...Revision<any>[]];
  /** The options by whose values the kernel names files (in /proc or /sys): it refuses what can't name one. */
  readonly files?: readonly string[];
  /** The options that name an object of the kernel's. */
  readonly refersTo?: Readonly<Record<string, KernelObject>>;
  /** Input-only spellings. */
  readonly synonyms?: S;
  readonly constraints?: readonly Constraint[];
  /** What options alone can't say. Throws a Mismatch or an OptionMismatch. */
  readonly check?: (settings: Settings<O>, rule: RuleFacts) => void;
  /** The same, of what iptables leaves to the kernel to refuse. */
  readonly kernelCheck?: (settings: Settings<O>, rule: RuleFacts) => void;
  /** These look at the rule's matches. */
  readonly looksAtMatches?: true;
  /**
   * The text in a listing (-L), without the space before it: as saved behind a label, with dashes or without;
   * or made by a function. As saved, but without dashes, if not said. 'name': iptables says but the name, a space behind it.
   */
  readonly list?:
    | { readonly label: string; readonly dashes?: boolean }
    | 'name'
    | ((settings: Settings<O>, context: ListContext) => string);
  /** What iptables makes of words that say nothing: settings as they were read -> without them. */
  readonly understood?: (settings: Readonly<Record<string, unknown>>) => Record<string, unknown>;
  /**
   * Whether iptables' words leave out what the kernel doesn't look at, so that, read again, they make other bytes:
   * an IPv4 mask of 32 bits, which is printed the same whether it was given or not, and what lies behind it.
   */
  readonly unsaid?: (settings: Readonly<Record<string, unknown>>) => boolean;
  /** Its settings name what the running kernel may name otherwise the next time (ip_sets, by index): nothing read is kept. */
  readonly volatile?: boolean;
  /** iptables forgets the space before what `list` says. */
  readonly tight?: boolean;
  /** What a match says of a packet, of settings as they are read: nobody can say if it isn't there. */
  readonly matches?: (settings: Settings<O>) => Test;
  /** What a target does with a packet; it goes on unchanged if it isn't there. */
  readonly effect?: (settings: Settings<O>, family: Family) => Effect;
  /** The packets that a match matches, of settings as they are read: a condition that nobody knows if it doesn't say. */
  readonly symbol?: (settings: Settings<O>, space: Symbols) => PacketSet | undefined;
  /** Each option is a condition by itself, and what is negated matches exactly what it otherwise doesn't. */
  readonly separate?: true;
  /** Negated it matches exactly what it otherwise doesn't: only one of its options can be. */
  readonly inverts?: true;
  /** Asked twice of one packet it may answer otherwise: it counts, or somebody else changes what it looks at. */
  readonly fickle?: true;
  /** Settings that documentation shows and tests run. */
  readonly example?: Settings<O, S>;
}
