/**
 * Every commit of a table makes its `limit` and `quota` matches begin again full, and `statistic --mode nth` begin to
 * count again. Who commits often has to know: docs/frequent-commits.md.
 */
import type { Backend } from '../backend/backend';
import { nextTurn, now } from '../clock';
import type { EntryCodec } from '../rule/entry';
import { NAME_AT } from '../rule/layout';
import { EntryView } from '../rule/view';
import { TableState } from './state';

/** So many commits in so many milliseconds are often. */
const OFTEN = 10;
const WITHIN = 60_000;
/** Rules looked at before others have their turn. */
const AT_ONCE = 2_000;

export class RefillWarning {
  private commits = 0;
  private since = now();
  /** Commits until the table is looked at; ever more of them, since it costs as much as a commit. */
  private patience = OFTEN;
  private over = false;

  constructor(
    private readonly backend: Backend,
    private readonly table: string,
    private readonly codec: EntryCodec,
    /** Told of the match, once. */
    private readonly found: (match: string) => void,
  ) {}

  /** Warns, once, if the table has been committed often and holds such rules. */
  committed(): void {
    if (this.over || this.backend.kind === 'nft' || ++this.commits < this.patience) return;
    const at = now();
    const often = at - this.since < (WITHIN / OFTEN) * this.commits;
    this.commits = 0;
    this.since = at;
    if (often) void this.look();
  }

  private async look(): Promise<void> {
    this.patience *= 10;
    let found: string | undefined;
    try {
      found = await refilledIn(
        new TableState(this.table, this.codec, await this.backend.snapshot(this.table)),
        this.codec,
      );
    } catch {
      return; // closed meanwhile; whatever else is wrong, an edit will tell
    }
    if (found === undefined || this.over) return;
    this.over = true;
    this.found(found);
    process.emitWarning(`Table ${this.table} is committed often, and each commit refills its ${found} rules`, {
      type: 'IptcWarning',
      code: 'IPTC_REFILL',
      detail: 'See docs/frequent-commits.md: use hashlimit or ip_set, another table, or a longer queue.interval.',
    });
  }
}

/** The name of a match in a table that a commit refills. */
async function refilledIn(state: TableState, codec: EntryCodec): Promise<string | undefined> {
  const view = new EntryView(codec.shape);
  let looked = 0;
  for (const chain of state.chains) {
    const { memory } = chain;
    for (const at of chain.entries()) {
      const { matches, target } = view.on(memory, at);
      for (let i = matches; i < target; i = view.behind(i)) {
        const first = memory.bytes[i + NAME_AT];
        // l, q, s: most matches are none of the three, and need no text made of their names
        if (first !== 108 && first !== 113 && first !== 115) continue;
        const name = view.kernelName(i);
        if (name === 'limit' || name === 'quota') return name;
        if (name === 'statistic' && codec.decodeElement('match', memory, i).settings.mode === 'nth')
          return 'statistic --mode nth';
      }
      if (++looked % AT_ONCE === 0) await nextTurn();
    }
  }
  return undefined;
}
