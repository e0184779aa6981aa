/** What `check` finds: all of it, each beside its rule by a press. */
import type { PageFinding, PageMore } from '../lib/look/page-data';
import { visible } from '../lib/look/visible';

export function Finding({ finding: { level, reason, remedy, name } }: { readonly finding: PageFinding }) {
  return (
    <>
      <b class={level}>{level}</b> {visible(reason)} <small>({name})</small>
      <br />
      <span class="options">{visible(remedy)}</span>
    </>
  );
}

interface Given {
  readonly more: PageMore;
  readonly go: (finding: PageFinding) => void;
}

export function Findings({ more: { findings, undecided }, go }: Given) {
  return (
    <section class="findings" aria-label="Findings">
      {findings.length === 0 && <p>Nothing is found to be wrong.</p>}
      {undecided !== undefined && <p>There may be more: {visible(undecided)}.</p>}
      {findings.length > 0 && (
        <ul class="said" tabIndex={0} aria-label="What is found">
          {findings.map((finding, i) => (
            <li key={i}>
              <button type="button" class="place" onClick={() => go(finding)}>
                {visible(
                  `${finding.table} ${finding.chain}${finding.number === undefined ? '' : ` rule ${finding.number}`}`,
                )}
              </button>{' '}
              <Finding finding={finding} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
