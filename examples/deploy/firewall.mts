/** What Dockerfile, firewall.service and daemonset.yaml run: rules of its own, put back whenever somebody takes them away. */
import { Firewall } from 'libiptc';
import { watch } from 'libiptc/policy';

const firewall = await Firewall.open();
const desired = {
  filter: {
    own: { rules: ['-p tcp -m multiport --dports 80,443 -j ACCEPT'] },
    INPUT: { rules: ['-j own'] },
  },
} as const;
const watched = watch(firewall, desired, { own: { chains: 'own', place: 'first' }, repair: true });
watched.on('repair', ({ plan }) => console.log(`put back: ${plan.changes.length} edits`));
watched.on('error', ({ message }) => console.error(message));
process.on('SIGTERM', async () => {
  await watched.close();
  await firewall.close();
});
