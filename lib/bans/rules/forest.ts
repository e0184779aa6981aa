/** The trees of a table: what is allowed, banned and listed. Edits that are issued together are one transaction. */
import { IptcError } from '../../errors';
import type { Counters, Family, Rule } from '../../rule/rule';
import type { Firewall } from '../../table/firewall';
import type { TableState } from '../../table/state';
import type { Transaction } from '../../table/transaction';
import { itemOf, read, ruleOf, type Said, type Side } from './said';
import { type Branch, branch, Tree } from './tree';

/**
 * Chains by what their own names end with. `allow` is where packets come in; who isn't allowed goes on to `next`, from
 * where jumps lead into the trees of bans and lists.
 */
const KINDS = {
  allow: ['', 'source', '-d'],
  'allow-out': ['-out', 'destination', '-e'],
  in: ['-i', 'source', undefined],
  out: ['-o', 'destination', undefined],
} as const;
export type Kind = keyof typeof KINDS;
const NAMES = Object.keys(KINDS) as Kind[];
/** So often somebody else may have been there before us. */
const TRIES = 5;
/** In so many chains at most something is appended by edits of its own. */
const TOGETHER = 64;

type Tx = Transaction<Family, 'filter'>;
type State = TableState<Family>;
class Stale extends Error {}

/** The trees as they are to be. */
export class Trees {
  private readonly all = new Map<string, Tree<Said>>();
  readonly dropped = new Set<string>();
  /** How many rules of each chain have been written. */
  readonly lengths = new Map<string, number>();

  constructor(
    readonly name: string,
    state: State,
  ) {
    const roots = [...NAMES.map((kind) => name + KINDS[kind][0]), ...listChains(name, state)];
    for (const root of roots) this.all.set(root, this.loaded(root, state));
  }
  of(kind: Kind): Tree<Said> {
    return this.all.get(this.name + KINDS[kind][0])!;
  }
  lists(): string[] {
    const begin = `${this.name}@`;
    return [...this.all.keys()].filter((root) => root.startsWith(begin)).map((root) => root.slice(begin.length));
  }
  list(list: string): Tree<Said> {
    const root = `${this.name}@${list}`;
    const known = this.all.get(root) ?? this.fresh(root);
    this.all.set(root, known);
    return known;
  }
  drop(list: string): void {
    const root = `${this.name}@${list}`;
    this.list(list).replace([]);
    this.dropped.add(root);
  }
  *[Symbol.iterator](): Generator<Tree<Said>> {
    yield* this.all.values();
  }
  private fresh(root: string): Tree<Said> {
    const tree = new Tree<Said>(root);
    tree.made.add(tree.root);
    tree.changed.set(tree.root, 'all');
    return tree;
  }
  /** As the chains have it. What nobody of ours has written is laid out anew. */
  private loaded(root: string, state: State): Tree<Said> {
    if (!state.chain(root)) return this.fresh(root);
    const tree = new Tree<Said>(root);
    const side = sideOf(this.name, root);
    let [numbers, odd] = [0, false];
    const load = (name: string): Branch<Said> => {
      const found = branch<Said>(name);
      const rules = state.chain(name)?.rules ?? [];
      this.lengths.set(name, rules.length);
      const before: Branch<Said>['items'] = [];
      for (const rule of rules) {
        const said = read(rule, side);
        const to = (rule.target as { goto?: string } | undefined)?.goto;
        if (to?.startsWith(`${root}:`) && said) {
          numbers = Math.max(numbers, Number.parseInt(to.slice(root.length + 1), 36));
          found.tests.push({ net: itemOf(said).net, chain: load(to) });
        } else if (said) (found.tests.length === 0 ? before : found.items).push(itemOf(said));
        else if (!to) odd = true;
      }
      if (found.tests.length > 0) found.covers = before;
      else found.items = before;
      return found;
    };
    tree.adopt(load(root), numbers);
    if (odd) tree.replace([...tree]);
    return tree;
  }
}

export class Forest {
  private current: Trees | undefined;
  private waiting: { readonly edit: (trees: Trees) => void; done(): void; failed(error: unknown): void }[] = [];
  private running: Promise<void> | undefined;

  constructor(
    private readonly firewall: Firewall<Family>,
    private readonly name: string,
    private readonly target: Rule['target'],
  ) {}
  private get table() {
    return this.firewall.table('filter');
  }
  rootOf(kind: Kind): string {
    return this.name + KINDS[kind][0];
  }
  async trees(): Promise<Trees> {
    await this.running;
    this.current ??= new Trees(this.name, await this.table.state());
    return this.current;
  }

  /** Whether those chains have rules that always do: who flushes the table empties them, too. */
  async isWhole(): Promise<boolean> {
    await this.running;
    const state = await this.table.state();
    const { name } = this;
    return NAMES.every((kind) => {
      const end = KINDS[kind][2];
      return end === undefined || [this.rootOf(kind), name + end].every((chain) => state.chain(chain)?.length);
    });
  }
  /** Makes them, in what the table has of others. */
  async make(): Promise<void> {
    await this.running;
    this.current = undefined;
    await this.edit((trees) => {
      for (const kind of ['allow', 'allow-out'] as const) trees.of(kind).changed.set(trees.of(kind).root, 'all');
    });
  }
  /** Settles when it is in the kernel, with all that has been issued before it was sent. */
  edit(edit: (trees: Trees) => void): Promise<void> {
    const settled = new Promise<void>((done, failed) => this.waiting.push({ edit, done, failed }));
    this.running ??= this.run().finally(() => {
      this.running = undefined;
    });
    return settled;
  }
  private async run(): Promise<void> {
    await Promise.resolve(); // those of the same tick, too
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      try {
        await this.write(batch.map(({ edit }) => edit));
        for (const { done } of batch) done();
      } catch (error) {
        this.current = undefined; // what the kernel has, is so
        for (const { failed } of batch) failed(error);
      }
    }
  }
  private async write(edits: readonly ((trees: Trees) => void)[]): Promise<void> {
    for (let i = 0; i < TRIES; i++)
      try {
        this.current ??= new Trees(this.name, await this.table.state());
        const trees = this.current;
        for (const edit of edits) edit(trees);
        if (![...trees].some(({ changed, gone }) => changed.size + gone.size > 0)) return;
        const lengths = (await this.append(trees)) ?? (await this.table.transaction((tx) => this.emit(tx, trees)));
        for (const [name, length] of lengths) trees.lengths.set(name, length);
        for (const tree of trees) tree.written();
        if (trees.dropped.size > 0) this.current = undefined;
        return;
      } catch (error) {
        this.current = undefined;
        const moved = error instanceof IptcError && error.code === 'ERR_NO_CHAIN';
        if (!(error instanceof Stale || moved)) throw error;
      }
    throw new IptcError(
      'ERR_CONFLICT',
      `Cannot change the bans in chain ${this.name}: others change them all the time`,
      {
        chain: this.name,
        hint: 'Let one program alone ban by these chains, or give each a name of its own.',
      },
    );
  }

  /**
   * What only comes to what there is needs no look at the table: it costs what an append costs. A chain that somebody else
   * has laid out anew isn't called so any more; that of the root alone is.
   */
  private async append(trees: Trees): Promise<ReadonlyMap<string, number> | undefined> {
    const lengths = new Map<string, number>();
    const work: (readonly [name: string, rules: Rule[]])[] = [];
    for (const tree of trees) {
      if (tree.made.size + tree.gone.size > 0) return undefined;
      for (const [at, items] of tree.changed) {
        if (items === 'all' || at === tree.root || this.isAllowed(tree)) return undefined;
        work.push([at.name, items.map(({ rule }) => ruleOf(rule, sideOf(this.name, tree.name), this.target))]);
        lengths.set(at.name, trees.lengths.get(at.name)! + items.length);
      }
    }
    if (trees.dropped.size > 0 || work.length > TOGETHER) return undefined;
    await Promise.all(work.map(([name, rules]) => this.table.chain(name).appendAll(rules)));
    return lengths;
  }
  private isAllowed({ name }: Tree<Said>): boolean {
    return [this.rootOf('allow'), this.rootOf('allow-out')].includes(name);
  }

  /** Chains that differ are written anew, with what their rules have counted. */
  private async emit(tx: Tx, trees: Trees): Promise<ReadonlyMap<string, number>> {
    const state = await tx.state();
    const lengths = new Map<string, number>();
    const ends = new Set<string>();
    for (const kind of ['allow', 'allow-out'] as const) {
      const next = this.name + KINDS[kind][2];
      if (!state.chain(next)) await tx.createChain(next);
    }
    for (const tree of trees) {
      const side = sideOf(this.name, tree.name);
      const counted = this.counted(tree, side, state, trees.lengths);
      for (const { name } of tree.made) await tx.createChain(name);
      for (const { name } of tree.gone) await tx.chain(name).flush();
      for (const { was, name } of tree.changed.keys()) if (was !== undefined) await tx.renameChain(was, name);
      for (const at of tree.changed.keys()) {
        const rules = [...this.rulesOf(tree, at, side, counted)];
        if (!tree.made.has(at)) await tx.chain(at.name).flush();
        await tx.chain(at.name).appendAll(rules);
        lengths.set(at.name, rules.length);
      }
      for (const { name } of tree.gone) ends.add(name);
    }
    await this.emitJumps(tx, trees, state);
    for (const name of [...ends, ...trees.dropped]) await tx.deleteChain(name);
    return lengths;
  }
  private counted(
    tree: Tree<Said>,
    side: Side,
    state: State,
    lengths: Trees['lengths'],
  ): ReadonlyMap<string, Counters> {
    const counted = new Map<string, Counters>();
    for (const at of [...tree.changed.keys(), ...tree.gone]) {
      if (tree.made.has(at)) continue;
      const name = at.was ?? at.name;
      const chain = state.chain(name);
      // Somebody else has been here since.
      if (!chain || chain.length !== (lengths.get(name) ?? 0)) throw new Stale();
      for (const rule of chain.rules) {
        const said = read(rule, side);
        if (said && !isTest(rule)) counted.set(itemOf(said).key, rule.counters);
      }
    }
    return counted;
  }
  private *rulesOf(
    tree: Tree<Said>,
    { covers, tests, items }: Branch<Said>,
    side: Side,
    counted: ReadonlyMap<string, Counters>,
  ): Generator<Rule> {
    const isAllowed = this.isAllowed(tree);
    const target = isAllowed ? 'RETURN' : this.target;
    const said = ({ key, rule }: (typeof items)[number]): Rule => {
      const counters = counted.get(key);
      return { ...ruleOf(rule, side, target), ...(counters && { counters }) } as Rule;
    };
    for (const item of covers) yield said(item);
    for (const { net, chain } of tests) yield { [side]: net.text, target: { goto: chain.name } } as Rule;
    for (const item of items) yield said(item);
    if (isAllowed) yield { target: { goto: this.name + (side === 'source' ? '-d' : '-e') } } as Rule;
  }
  private async emitJumps(tx: Tx, trees: Trees, state: State): Promise<void> {
    const lists = trees.lists().map((list) => `${this.name}@${list}`);
    for (const [next, roots] of [
      [`${this.name}-d`, [this.rootOf('in'), ...lists.filter((root) => !trees.dropped.has(root))]],
      [`${this.name}-e`, [this.rootOf('out')]],
    ] as const) {
      const known = state.chain(next)?.rules.map(({ target }) => target) ?? [];
      if (known.length === roots.length && roots.every((root) => known.includes(root))) continue;
      await tx.chain(next).flush();
      for (const root of roots) await tx.chain(next).append({ target: root });
    }
  }

  /** What is in a tree, with what the kernel has counted. */
  async list(kind: Kind): Promise<{ readonly key: string; readonly rule: Said; readonly counters: Counters }[]> {
    await this.running;
    const state = await this.table.state();
    const root = this.rootOf(kind);
    const side = KINDS[kind][1];
    const all = state.chains.filter(({ name }) => name === root || name.startsWith(`${root}:`));
    return all.flatMap(({ rules }) =>
      rules.flatMap((rule) => {
        const said = isTest(rule) ? undefined : read(rule, side);
        return said ? [{ key: itemOf(said).key, rule: said, counters: rule.counters }] : [];
      }),
    );
  }

  async remove(): Promise<void> {
    await this.running;
    await this.table.transaction(async (tx) => {
      const { name } = this;
      const ours = (chain: string) =>
        [name, ...['-out', '-i', '-o'].map((end) => name + end)].some(
          (root) => chain === root || chain.startsWith(`${root}:`),
        ) ||
        [`${name}-d`, `${name}-e`].includes(chain) ||
        chain.startsWith(`${name}@`);
      const { chains } = await tx.state();
      const names = chains.map((chain) => chain.name).filter(ours);
      for (const root of [this.rootOf('allow'), this.rootOf('allow-out')])
        for (const hook of ['INPUT', 'FORWARD', 'OUTPUT']) await tx.chain(hook).remove({ target: root });
      for (const each of names) await tx.chain(each).flush();
      for (const each of names) await tx.deleteChain(each);
    });
    this.current = undefined;
  }
  async close(): Promise<void> {
    await this.running;
  }
}

const isTest = ({ target }: Rule): boolean => typeof target === 'object' && 'goto' in target;
const sideOf = (name: string, root: string): Side =>
  root === `${name}-out` || root === `${name}-o` ? 'destination' : 'source';
const listChains = (name: string, { chains }: State): string[] =>
  chains.map((chain) => chain.name).filter((chain) => chain.startsWith(`${name}@`) && !chain.includes(':'));
