import { Firewall } from 'libiptc';

const firewall = await Firewall.open();
const filter = firewall.table('filter');
await filter.ensureChain('web', { hook: { chain: 'INPUT' } });
// -A INPUT -j web
await filter.chain('web').ensure({ protocol: 'tcp', match: [{ tcp: { dport: 443 } }], target: 'ACCEPT' });
// -A web -p tcp -m tcp --dport 443 -j ACCEPT
await filter.chain('web').ensure('-s 192.0.2.0/24 -p tcp --dport 22 -j ACCEPT'); // text is a rule, too
// -A web -s 192.0.2.0/24 -p tcp -m tcp --dport 22 -j ACCEPT
await firewall.close();
