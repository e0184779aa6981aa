/** Live packets: each way is shown on the map and in the list. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { PageFate } from '../lib/look/page-data';
import { visible } from '../lib/look/visible';
import { trace } from './live';

/** Packets that are kept. */
const KEPT = 50;

interface Given {
  readonly family: string;
  readonly chosen: PageFate | undefined;
  readonly told: (fate: PageFate | undefined) => void;
}

export function Trace({ family, chosen, told }: Given) {
  const [seen, see] = useState<readonly PageFate[]>([]);
  const [trouble, setTrouble] = useState('');
  const [ending, setEnding] = useState<AbortController>();
  const current = useRef(ending);
  current.current = ending;
  // Nobody is there to look at more.
  useEffect(() => () => current.current?.abort(), []);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (ending) return ending.abort();
    const filter = new FormData(event.currentTarget as HTMLFormElement).get('filter');
    const controller = new AbortController();
    setEnding(controller);
    setTrouble('');
    see([]);
    try {
      await trace({ family, filter }, (fate) => see((all) => [fate, ...all].slice(0, KEPT)), controller.signal);
    } catch (error) {
      if (!controller.signal.aborted) setTrouble((error as Error).message);
    }
    setEnding(undefined);
  };
  return (
    <form class="packet" aria-label="A trace" onSubmit={submit}>
      <label>
        Address, port, or conditions of a rule
        <input name="filter" placeholder="10.0.0.5, 443, -p icmp" autocomplete="off" spellcheck={false} required />
      </label>
      <button type="submit">{ending ? 'Stop' : 'Trace'}</button>
      <p role="status">
        {visible(trouble) || (ending ? `Tracing: ${seen.length} packets.` : seen.length > 0 ? 'Stopped.' : '')}
      </p>
      {seen.length > 0 && (
        <ol class="said" tabIndex={0} aria-label="Packets, the newest first">
          {seen.map((fate) => (
            <li key={fate}>
              <button
                type="button"
                aria-pressed={fate === chosen}
                onClick={() => told(fate === chosen ? undefined : fate)}
              >
                {visible(`${fate.verdict}  ${fate.notes.find((note) => note.includes(' -> ')) ?? ''}`)}
              </button>
            </li>
          ))}
        </ol>
      )}
    </form>
  );
}
