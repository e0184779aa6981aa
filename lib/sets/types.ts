/**
 * The types of sets, one definition each: what their elements are made of, which options a set takes in the order in
 * which ipset prints them, and with which revision came what.
 */
import { alternatives, IptcError, nearest, show } from '../errors';
import { ELEMENT_OPTIONS, type ElementOptions } from './element-options';
import type { Option } from './option';
import type { Part } from './part';
import { PARTS, type PartData } from './parts';
import { SET_OPTIONS, type SetOptions } from './set-options';

type PartName = keyof PartData;
type SetOptionName = keyof typeof SET_OPTIONS;

interface Definition {
  readonly parts: readonly PartName[];
  /** Of addresses: which families. Where there are none, the kernel has none either. */
  readonly families: 'both' | 'ipv4' | 'none';
  readonly options: readonly SetOptionName[];
  /** The first revision, and what came with each that followed; several features with a space between. */
  readonly first: number;
  readonly since: readonly string[];
}

const TAIL = ['timeout', 'counters', 'comment', 'skbinfo'] as const;
const LATE = ['timeout', 'counters', 'comment', 'forceadd', 'skbinfo', 'bucketsize', 'initval'] as const;
const HASH = ['family', 'hashsize', 'maxelem', ...LATE] as const;
const BITMAP_SINCE = ['counters', 'comment', 'skbinfo'] as const;
const HASH_SINCE = ['counters', 'comment', 'forceadd', 'skbinfo', 'bucketsize'] as const;

const hash = <const P extends readonly PartName[]>(parts: P, first: number, ...since: string[]) =>
  ({ parts, families: 'both', options: HASH, first, since }) as const;

const DEFINITIONS = {
  'bitmap:ip': {
    parts: ['ip'],
    families: 'ipv4',
    options: ['range', 'netmask', ...TAIL],
    first: 0,
    since: BITMAP_SINCE,
  },
  'bitmap:ip,mac': {
    parts: ['single', 'maybeMac'],
    families: 'ipv4',
    options: ['range', ...TAIL],
    first: 0,
    since: BITMAP_SINCE,
  },
  'bitmap:port': { parts: ['port'], families: 'none', options: ['ports', ...TAIL], first: 0, since: BITMAP_SINCE },
  'hash:ip': {
    ...hash(['ip'], 0, ...HASH_SINCE, 'bitmask'),
    options: ['family', 'hashsize', 'maxelem', 'netmask', 'bitmask', ...LATE],
  },
  'hash:ip,mac': hash(['ip', 'mac'], 0, 'bucketsize'),
  'hash:ip,mark': {
    ...hash(['ip', 'mark'], 0, 'forceadd', 'skbinfo', 'bucketsize'),
    options: ['family', 'markmask', 'hashsize', 'maxelem', ...LATE],
  },
  'hash:ip,port': {
    ...hash(['ip', 'protocolPort'], 1, ...HASH_SINCE, 'netmask bitmask'),
    options: [...HASH, 'netmask', 'bitmask'],
  },
  'hash:ip,port,ip': hash(['ip', 'protocolPort', 'ip2'], 1, ...HASH_SINCE),
  'hash:ip,port,net': hash(['ip', 'protocolPort', 'net2'], 1, 'range', 'nomatch', ...HASH_SINCE),
  'hash:mac': {
    parts: ['mac'],
    families: 'none',
    options: ['hashsize', 'maxelem', ...LATE],
    first: 0,
    since: ['bucketsize'],
  },
  'hash:net': hash(['net'], 0, 'range', 'nomatch', ...HASH_SINCE),
  'hash:net,iface': hash(
    ['net', 'iface'],
    0,
    'nomatch',
    '',
    'counters',
    'comment',
    'forceadd',
    'skbinfo',
    'wildcard',
    'bucketsize',
  ),
  'hash:net,net': {
    ...hash(['net', 'net2'], 0, 'forceadd', 'skbinfo', 'bucketsize', 'netmask bitmask'),
    options: [...HASH, 'bitmask', 'netmask'],
  },
  'hash:net,port': hash(['net', 'protocolPort'], 1, 'range', 'nomatch', ...HASH_SINCE),
  'hash:net,port,net': hash(['net', 'protocolPort', 'net2'], 0, 'forceadd', 'skbinfo', 'bucketsize'),
  'list:set': { parts: ['set'], families: 'none', options: ['size', ...TAIL], first: 0, since: BITMAP_SINCE },
} as const satisfies Record<string, Definition>;

export type SetTypeName = keyof typeof DEFINITIONS;

type Intersection<U> = (U extends unknown ? (value: U) => void : never) extends (value: infer I) => void ? I : never;
type PartsOf<T extends SetTypeName> = (typeof DEFINITIONS)[T]['parts'][number];
type Simplified<T> = { readonly [K in keyof T]: T[K] };

/** An element of a set of a type, as data. */
export type SetElement<T extends SetTypeName = SetTypeName> = T extends SetTypeName
  ? Simplified<Intersection<PartData[PartsOf<T>]> & ElementOptions>
  : never;

type OptionsOf<T extends SetTypeName> = (typeof DEFINITIONS)[T]['options'][number];
type Key<O> = O extends 'ports' ? 'range' : O;
/** What a set of a type is created with. */
export type SetSettings<T extends SetTypeName = SetTypeName> = T extends SetTypeName
  ? Simplified<{ type: T } & Pick<SetOptions, Key<OptionsOf<T>> & keyof SetOptions>>
  : never;

/** A type of sets, as it is worked with. */
export class SetType {
  readonly parts: readonly Part[];
  readonly options: readonly Option[];
  readonly elementOptions: readonly Option[];
  readonly families: Definition['families'];
  /** The oldest and the newest revision that is known here. */
  readonly first: number;
  readonly last: number;
  private readonly since = new Map<string, number>();
  private readonly byWord = new Map<string, Option>();
  private readonly keys: ReadonlySet<string>;

  constructor(
    readonly name: SetTypeName,
    definition: Definition,
  ) {
    const { parts, options, families, first, since } = definition;
    this.parts = parts.map((part) => PARTS[part]);
    this.options = options.map((option) => SET_OPTIONS[option]);
    this.families = families;
    this.first = first;
    this.last = first + since.length;
    for (const [i, features] of since.entries())
      for (const feature of features.split(' ')) this.since.set(feature, first + 1 + i);
    const nets = parts.some((part) => part === 'net' || part === 'net2');
    const lacking = new Set<string>([
      ...(nets ? [] : ['nomatch']),
      ...(parts.includes('iface') ? [] : ['wildcard']),
      ...(parts.includes('set') ? [] : ['before', 'after']),
    ]);
    this.elementOptions = Object.values<Option>(ELEMENT_OPTIONS).filter(({ name }) => !lacking.has(name));
    for (const option of this.elementOptions) this.byWord.set(option.name, option);
    this.keys = new Set(this.parts.flatMap(({ keys }) => keys));
  }
  /** With which revision a feature came: the first, if it was there from the beginning. */
  sinceRevision({ feature = '' }: Option): number {
    return this.since.get(feature) ?? this.first;
  }
  elementOption(name: string): Option | undefined {
    return this.byWord.get(name);
  }
  isKey(name: string): boolean {
    return this.keys.has(name) || this.byWord.has(name);
  }
  get keyNames(): string[] {
    return [...this.keys, ...this.byWord.keys()];
  }
}

export const TYPES: ReadonlyMap<string, SetType> = new Map(
  Object.entries<Definition>(DEFINITIONS).map(([name, definition]) => [
    name,
    new SetType(name as SetTypeName, definition),
  ]),
);

/** Names of before ipset 5. */
const OLD_NAMES: Readonly<Record<string, SetTypeName>> = {
  ipmap: 'bitmap:ip',
  macipmap: 'bitmap:ip,mac',
  portmap: 'bitmap:port',
  iphash: 'hash:ip',
  ipporthash: 'hash:ip,port',
  ipportiphash: 'hash:ip,port,ip',
  ipportnethash: 'hash:ip,port,net',
  nethash: 'hash:net',
  setlist: 'list:set',
}; // prettier-ignore

/** The type of a name, new or old. */
const found = (name: string): SetType | undefined =>
  TYPES.get(Object.hasOwn(OLD_NAMES, name) ? OLD_NAMES[name]! : name);
export const hasType = (name: string): boolean => found(name) !== undefined;

/** Throws ERR_BAD_ARGUMENT. */
export function typeNamed(name: string): SetType {
  const type = found(name);
  if (type) return type;
  const names = [...TYPES.keys()];
  throw new IptcError(
    'ERR_BAD_ARGUMENT',
    `Expected ${nearest(name, names) ?? alternatives(names)} for type but received ${show(name)}`,
    { path: 'type', iptables: `Syntax error: typename '${name}' is unknown` },
  );
}
