// What the browser's tests need of STOMP.

const net = require('node:net');

/** A STOMP client; resolves once its frames are answered. */
function connect(port, client, ...frames) {
    return new Promise((resolve, reject) => {
        const link = net.connect(port, '127.0.0.1', () => {
            link.write(`CONNECT\naccept-version:1.2\nhost:h\nclient-id:${client}\n\n\0`);
            for (const frame of frames) link.write(`${frame}\0`);
            link.write('SEND\ndestination:/topic/LAST\nreceipt:all\n\nlast\0');
        });
        let text = '';
        link.on('data', (data) => {
            text += data;
            if (text.includes('receipt-id:all')) resolve(link);
        });
        link.on('error', reject);
    });
}

const send = (queue, body, more = '') =>
    `SEND\ndestination:/queue/${queue}\npersistent:true\n${more}\n${body}`;

module.exports = { connect, send };
