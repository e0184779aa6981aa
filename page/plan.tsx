/** What a file would change: lines that go and come, and which packets would fare otherwise. */
import type { PagePlan } from '../lib/look/page-data';
import { visible } from '../lib/look/visible';

const KINDS: Readonly<Record<string, string>> = { '+': 'comes', '-': 'goes' };

export function Plan({ plan: { file, lines, traffic } }: { readonly plan: PagePlan }) {
  return (
    <section class="plan" aria-label="The plan">
      <h2>What {visible(file)} would change</h2>
      {lines.length === 0 ? (
        <p>Nothing: it is so.</p>
      ) : (
        <pre class="said" tabIndex={0} aria-label="Rules that go and come">
          {lines.map((line, i) => (
            <div key={i} class={KINDS[line[0]!] ?? ''}>
              {visible(line)}
            </div>
          ))}
        </pre>
      )}
      {traffic.length > 0 && (
        <>
          <h3>Packets that would fare otherwise</h3>
          <pre class="said" tabIndex={0} aria-label="Packets that would fare otherwise">
            {traffic.map(visible).join('\n')}
          </pre>
        </>
      )}
    </section>
  );
}
