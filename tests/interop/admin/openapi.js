// The OpenAPI file that a broker serves: valid, and what the broker answers is what it says.
// usage: node openapi.js HTTP-PORT

const assert = require('node:assert/strict');
const SwaggerParser = require('@apidevtools/swagger-parser');
const Ajv = require('ajv');

const base = `http://127.0.0.1:${process.argv[2]}`;
/** What stands for the parameters of paths, and whether that is there. */
const NAMES = { queue: 'ORDERS', topic: 'news', client: 'cook', name: 'daily', message: '64' };
const QUERIES = { '/api/v1/queues': '?search=ord&sort=size&limit=1',
    '/api/v1/queues/{queue}/messages': '?limit=2' };

async function check(ajv, method, path, operation, body) {
    const names = { ...NAMES, ...(await parametersOf(path)) };
    const target = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(names[name]))
        + (QUERIES[path] ?? '');
    const answer = await fetch(base + target, { method,
        headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
        body: body === undefined ? undefined : JSON.stringify(body) });
    const described = operation.responses[answer.status];
    const text = await answer.text();
    assert.ok(described, `${method} ${target}: ${answer.status} is not described: ${text}`);
    const schema = described.content?.['application/json']?.schema;
    if (!schema) return 0;
    const fits = ajv.compile(schema);
    assert.ok(fits(JSON.parse(text)), `${method} ${target}: ${JSON.stringify(fits.errors)}\n${text}`);
    return 1;
}

async function parametersOf(path) {
    if (!path.includes('{connection}')) return {};
    const { items } = await (await fetch(`${base}/api/v1/connections`)).json();
    return { connection: items[0].id };
}

/** What is asked with a body, and how. */
const POSTS = [
    ['/api/v1/queues', { name: 'MADE' }],
    ['/api/v1/queues/{queue}/messages', { body: 'x', properties: { a: 1 } }],
    ['/api/v1/queues/{queue}/messages/copy', { ids: [64], to: 'COPIES' }],
    ['/api/v1/queues/{queue}/pause'],
    ['/api/v1/queues/{queue}/resume'],
    ['/api/v1/subscriptions', { client_id: 'c', name: 'n', topic: 't' }],
    ['/api/v1/log', { level: 'info', module: 'engine' }],
    ['/api/v1/traces', { share: 1 }],
    ['/api/v1/listeners', { uri: 'stomp://127.0.0.1:0' }],
];

async function main() {
    const file = await (await fetch(`${base}/api/v1/openapi.json`)).json();
    const api = await SwaggerParser.validate(file);
    // Version 3.0 says `nullable` where the schemas of JSON have a type for it.
    const ajv = new Ajv({ strict: false, validateFormats: false });
    let checked = 0;
    // Something is followed, for there to be a trace.
    await fetch(`${base}/api/v1/traces`, { method: 'POST', body: '{"share": 1}',
        headers: { 'Content-Type': 'application/json' } });
    await fetch(`${base}/api/v1/queues/TRACED/messages`, { method: 'POST', body: '{"body": "x"}',
        headers: { 'Content-Type': 'application/json' } });
    for (const [path, operations] of Object.entries(api.paths)) {
        const streams = path === '/api/v1/events';
        if (!operations.get || streams) continue;
        checked += await check(ajv, 'GET', path, operations.get);
    }
    for (const [path, body] of POSTS) {
        checked += await check(ajv, 'POST', path, api.paths[path].post, body);
    }
    assert.ok(checked > 25, `only ${checked} answers were described`);
    console.log(`${checked} answers are as described`);
}

main().catch((error) => {
    console.error(error);
    process.exit(1);
});
