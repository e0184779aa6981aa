/** A packet, described in a form: which way it goes is shown on the map and in the list. */
import { useState } from 'preact/hooks';
import type { PageFate } from '../lib/look/page-data';
import { visible } from '../lib/look/visible';
import { packet } from './live';

const FIELDS = [
  ['source', 'From', '203.0.113.5'],
  ['destination', 'To', '10.0.0.5'],
  ['protocol', 'Protocol', 'tcp'],
  ['sport', 'Source port', '40000'],
  ['dport', 'Port', '443'],
  ['inInterface', 'Comes in by', 'eth0'],
  ['outInterface', 'Leaves by', ''],
  ['ctstate', 'State', 'NEW'],
] as const;

export function PacketForm({
  family,
  told,
}: {
  readonly family: string;
  readonly told: (fate: PageFate | undefined) => void;
}) {
  const [said, say] = useState<readonly string[]>([]);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const given = [...form].flatMap(([name, value]) => (value === '' ? [] : [[name, String(value)]]));
    try {
      const fate = await packet({ family, ...Object.fromEntries(given) });
      say([`Verdict: ${fate.verdict}.`, ...fate.notes]);
      told(fate);
    } catch (error) {
      say([(error as Error).message]);
      told(undefined);
    }
  };
  return (
    <form class="packet" aria-label="A packet" onSubmit={submit}>
      {FIELDS.map(([name, label, placeholder]) => (
        <label key={name}>
          {label}
          <input name={name} placeholder={placeholder} autocomplete="off" spellcheck={false} />
        </label>
      ))}
      <button type="submit">Follow it</button>
      <div role="status">
        {said.map((line) => (
          <p key={line}>{visible(line)}</p>
        ))}
      </div>
    </form>
  );
}
