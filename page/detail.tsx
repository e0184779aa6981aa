/** A rule by itself: as a command, in words, and what it counted. */
import { useEffect, useRef } from 'preact/hooks';
import type { PageData, PageFinding, PageTable } from '../lib/look/page-data';
import { visible } from '../lib/look/visible';
import { Finding } from './findings';

interface Given {
  readonly data: PageData;
  readonly table: PageTable;
  readonly rule: number;
  readonly findings: readonly PageFinding[];
  readonly close: () => void;
  readonly choose: (chain: string) => void;
}

export function Detail({ data, table, rule, findings, close, choose }: Given) {
  const [chain, text, , jump, packets, bytes, explained] = table.rules[rule]!;
  const name = table.chains[chain]![0];
  const to = jump < 0 ? undefined : table.chains[jump]![0];
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [rule, table.name, table.family]);
  const lines = explained.map((i) => visible(data.words[i]!));
  // A list in plain text: `  - it comes from …`.
  const [items, words] = [lines.filter((line) => /^ +- /.test(line)), lines.filter((line) => !/^ +- /.test(line))];
  const last = words.length > 1 ? words.slice(1) : [];
  return (
    <aside class="detail" aria-label="The rule">
      <h2 ref={heading} tabIndex={-1}>
        {visible(name)} <small>{table.name}</small>
      </h2>
      <button type="button" class="close" onClick={close} aria-label="Close">
        ×
      </button>
      <code>{visible(`-A ${name}${text === '' ? '' : ` ${text}`}`)}</code>
      <p>{words[0]}</p>
      {items.length > 0 && (
        <ul>
          {items.map((line) => (
            <li key={line}>{line.replace(/^ +- /, '')}</li>
          ))}
        </ul>
      )}
      {last.map((line) => (
        <p key={line}>{line}</p>
      ))}
      {findings.map((finding) => (
        <p key={finding.name} class="finding">
          <Finding finding={finding} />
        </p>
      ))}
      <p class="counted">
        {packets.toLocaleString('en')} packets, {bytes.toLocaleString('en')} bytes
      </p>
      {to !== undefined && (
        <button type="button" onClick={() => choose(to)}>
          See chain {visible(to)}
        </button>
      )}
    </aside>
  );
}
