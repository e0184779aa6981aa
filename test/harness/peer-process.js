/** The helper process of peer.ts: plain JavaScript, so that any Node runs it as it is. Ends with its parent. */
const dgram = require('node:dgram');
const net = require('node:net');

process.on('disconnect', () => process.exit());

process.on('message', async ({ id, ...request }) => {
  try {
    process.send({ id, result: await handlers[request.type](request) });
  } catch (error) {
    process.send({ id, error: error.message });
  }
});

const handlers = {
  listen({ protocol, port }) {
    return new Promise((resolve, reject) => {
      if (protocol === 'tcp') {
        const server = net.createServer((socket) => socket.on('error', () => {}).resume());
        server.once('error', reject).listen({ port, host: '::' }, () => resolve());
      } else {
        const socket = dgram.createSocket('udp6');
        socket.on('message', (message, { port, address }) => socket.send(message, port, address, () => {}));
        socket.once('error', reject).bind({ port, address: '::' }, () => resolve());
      }
    });
  },

  tcp({ address, port, timeout, from }) {
    return new Promise((resolve) => {
      const socket = net.connect({ host: address, port, localAddress: from });
      const timer = setTimeout(() => settle('timeout'), timeout);
      const settle = (outcome) => {
        clearTimeout(timer);
        socket.destroy();
        resolve(outcome);
      };
      socket.once('connect', () => settle('open'));
      socket.on('error', (error) => settle(outcomeOf(error)));
    });
  },

  udp({ address, port, timeout, from }) {
    return new Promise((resolve) => {
      const socket = dgram.createSocket(net.isIPv6(address) ? 'udp6' : 'udp4');
      const timer = setTimeout(() => settle('timeout'), timeout);
      let settled = false;
      const settle = (outcome) => {
        if (settled) return;
        settled = true;
        clearTimeout(timer);
        socket.close();
        resolve(outcome);
      };
      socket.once('message', () => settle('open'));
      socket.on('error', (error) => settle(outcomeOf(error)));
      // Connected, so that the kernel hands ICMP's answers to this socket.
      socket.bind({ address: from }, () =>
        socket.connect(port, address, (error) => {
          if (error) settle(outcomeOf(error));
          else socket.send('?', (error) => error && settle(outcomeOf(error)));
        }),
      );
    });
  },
};

function outcomeOf({ code }) {
  if (code === 'ECONNREFUSED') return 'refused';
  if (code === 'ETIMEDOUT') return 'timeout';
  return `unreachable:${code}`;
}
