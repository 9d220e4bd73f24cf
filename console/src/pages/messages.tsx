import { useState } from 'preact/hooks';

import { Message, Which, api } from '../api';
import { useLoaded } from '../live';
import { Button, Column, Problem, Reasons, Search, Table, count, doing, time } from '../ui';

const LIMIT = 50;

/** The messages of a queue, page by page, and what can be done with those that are chosen. */
export function Messages(props: { queue: string; changed: () => void }) {
    const { queue } = props;
    const [selector, setSelector] = useState('');
    const [starts, setStarts] = useState([0]);
    const [chosen, choose] = useState<ReadonlySet<number>>(new Set());
    const [shown, show] = useState<number | null>(null);
    const [to, setTo] = useState('');
    const after = starts.at(-1)!;
    const { value, problem, reload } = useLoaded(
        () => api.browse(queue, { after, limit: LIMIT, selector }), [queue, after, selector]);
    const rows = value?.items ?? [];

    const toggle = (id: number) => {
        const next = new Set(chosen);
        if (!next.delete(id)) next.add(id);
        choose(next);
    };
    const which = (): Which =>
        chosen.size > 0 ? { ids: [...chosen] } : selector ? { selector } : { all: true };
    const meant = chosen.size > 0 ? `${chosen.size} chosen`
        : selector ? 'all that the selector takes' : 'all that wait';
    const act = async (verb: string, what: string, more: Which = {}) => {
        if (!await doing(what, () => api.act(queue, verb, { ...which(), ...more }))) return;
        choose(new Set());
        show(null);
        reload();
        props.changed();
    };

    const all = rows.length > 0 && rows.every((row) => chosen.has(row.id));
    const columns: Column<Message>[] = [
        { title: '', cell: (row) => (
            <input type="checkbox" aria-label={`Choose message ${row.id}`}
                checked={chosen.has(row.id)} onChange={() => toggle(row.id)} />) },
        { title: 'Id', number: true, cell: (row) => (
            <button type="button" class="link" onClick={() => show(row.id)}>{row.id}</button>) },
        { title: 'State', cell: (row) => row.state.replace('_', ' ') },
        { title: 'Sent', cell: (row) => time(row.timestamp_ms) },
        { title: 'Body', cell: (row) => <span class="preview">{row.preview ?? row.body_type}</span> },
        { title: 'Bytes', number: true, cell: (row) => count(row.bytes) },
        { title: 'Priority', number: true, cell: (row) => row.priority },
        { title: 'Again', number: true, cell: (row) => row.redeliveries },
    ];
    return (
        <section aria-labelledby="messages">
            <h2 id="messages">Messages</h2>
            <Problem text={problem} />
            <div class="bar">
                <Search label="Selector, such as price > 5" value={selector}
                    change={(text) => { setSelector(text); setStarts([0]); choose(new Set()); }} />
                <button type="button" onClick={() =>
                    choose(new Set(all ? [] : rows.map((row) => row.id)))}>
                    {all ? 'Choose none' : 'Choose these'}
                </button>
                <button type="button" onClick={reload}>Look again</button>
            </div>
            <Table caption="Messages" columns={columns} rows={rows} id={(row) => String(row.id)}
                empty="There are no such messages." />
            <nav class="pager" aria-label="Pages of messages">
                <button type="button" disabled={starts.length === 1}
                    onClick={() => setStarts(starts.slice(0, -1))}>Back</button>
                <button type="button" disabled={!value?.next}
                    onClick={() => setStarts([...starts, value!.next!])}>Next</button>
            </nav>
            <div class="bar" role="group" aria-label="What to do with messages">
                <span class="faint">With {meant}:</span>
                <label><span class="hidden">Move or copy to</span>
                    <input placeholder="Queue or topic://NAME" value={to}
                        onInput={(event) => setTo(event.currentTarget.value)} /></label>
                <Button needs="operate" disabled={!to} act={() => act('move', 'moved', { to })}>Move</Button>
                <Button needs="operate" disabled={!to} act={() => act('copy', 'copied', { to })}>Copy</Button>
                <Button needs="operate" act={() => act('retry', 'sent back')}>Retry</Button>
                <Button needs="operate" danger confirm={`Delete ${meant}?`}
                    act={() => act('delete', 'deleted')}>Delete messages</Button>
            </div>
            {shown !== null && <Detail queue={queue} id={shown} close={() => show(null)} />}
        </section>
    );
}

type View = 'text' | 'json' | 'xml' | 'hex';

function bytesOf(message: Message): Uint8Array {
    if (message.body_base64 !== undefined) {
        return Uint8Array.from(atob(message.body_base64), (c) => c.charCodeAt(0));
    }
    return new TextEncoder().encode(typeof message.body === 'string'
        ? message.body : JSON.stringify(message.body ?? ''));
}

function hex(bytes: Uint8Array): string {
    const lines = [];
    for (let at = 0; at < bytes.length; at += 16) {
        const row = [...bytes.subarray(at, at + 16)];
        const digits = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
        const text = row.map((b) => (b >= 32 && b < 127 ? String.fromCharCode(b) : '.')).join('');
        lines.push(`${at.toString(16).padStart(8, '0')}  ${digits.padEnd(47)}  ${text}`);
    }
    return lines.join('\n');
}

function xml(text: string): string {
    const document = new DOMParser().parseFromString(text, 'application/xml');
    if (document.querySelector('parsererror')) return 'This is no XML.';
    const indent = (node: Element, depth: number): string => {
        const blanks = '  '.repeat(depth);
        const shell = node.cloneNode(false) as Element;
        if (node.children.length === 0) {
            return blanks + new XMLSerializer().serializeToString(node);
        }
        shell.textContent = '\0';
        const [open, close] = new XMLSerializer().serializeToString(shell).split(/\0|\uFFFD|&#0;/);
        const inner = [...node.children].map((child) => indent(child, depth + 1)).join('\n');
        return `${blanks}${open}\n${inner}\n${blanks}${close ?? ''}`;
    };
    return indent(document.documentElement, 0);
}

function render(message: Message, view: View): string {
    if (view === 'hex') return hex(bytesOf(message));
    const plain = typeof message.body === 'string' ? message.body
        : message.body === undefined ? new TextDecoder().decode(bytesOf(message))
            : JSON.stringify(message.body, null, 2);
    if (view === 'xml') return xml(plain);
    if (view === 'json') {
        try {
            return JSON.stringify(JSON.parse(plain), null, 2);
        } catch {
            return 'This is no JSON.';
        }
    }
    return plain;
}

function guess(message: Message): View {
    if (message.body_base64 !== undefined) return 'hex';
    const text = typeof message.body === 'string' ? message.body.trimStart() : '{';
    return /^[[{]/.test(text) ? 'json' : text.startsWith('<') ? 'xml' : 'text';
}

function Detail(props: { queue: string; id: number; close: () => void }) {
    const { value, problem } = useLoaded(() => api.message(props.queue, props.id),
        [props.queue, props.id], 60_000);
    const why = useLoaded(() => api.whyMessage(props.queue, props.id), [props.queue, props.id]);
    const [view, setView] = useState<View | null>(null);
    const headers: [string, unknown][] = value ? [
        ['Message id', value.message_id], ['State', value.state], ['Sent', time(value.timestamp_ms)],
        ['Expires', time(value.expires_at_ms)], ['Priority', value.priority],
        ['Durable', value.durable], ['Redeliveries', value.redeliveries], ['Type', value.type],
        ['Correlation id', value.correlation_id], ['Reply to', value.reply_to],
        ['Sent to', value.destination], ['Group', value.group], ['Format', value.format],
    ] : [];
    const current = view ?? (value ? guess(value) : 'text');
    return (
        <aside class="detail" aria-label={`Message ${props.id}`}>
            <div class="bar">
                <h3>Message {props.id}</h3>
                <button type="button" onClick={props.close}>Close</button>
            </div>
            <Problem text={problem ?? value?.unreadable} />
            {value && (
                <>
                    <dl class="facts">
                        {headers.filter(([, fact]) => fact !== undefined && fact !== '')
                            .map(([name, fact]) => <><dt>{name}</dt><dd>{String(fact)}</dd></>)}
                    </dl>
                    <h4>What keeps it</h4>
                    <Reasons why={why.value} problem={why.problem}
                        none="Nothing: it is on its way." />
                    <h4>Properties</h4>
                    <dl class="facts">
                        {Object.entries(value.properties ?? {}).map(([name, fact]) =>
                            <><dt>{name}</dt><dd>{JSON.stringify(fact)}</dd></>)}
                    </dl>
                    <h4>Body</h4>
                    <div class="bar" role="group" aria-label="Show the body as">
                        {(['text', 'json', 'xml', 'hex'] as View[]).map((one) => (
                            <button type="button" aria-pressed={one === current}
                                onClick={() => setView(one)}>{one}</button>
                        ))}
                        {value.body_truncated && <span class="faint">
                            the beginning of {count(value.body_bytes ?? 0)} bytes</span>}
                    </div>
                    <pre tabIndex={0}>{render(value, current)}</pre>
                </>
            )}
        </aside>
    );
}
