import { useState } from 'preact/hooks';

import { Connection, Consumer, Listener, SessionView, api } from '../api';
import { useLoaded } from '../live';
import {
    Button, Column, Field, Line, Pager, Problem, Reasons, Search, Table, count, doing, time,
} from '../ui';

const LIMIT = 50;

const CONSUMERS: Column<Consumer>[] = [
    { title: 'Consumer', cell: (row) => row.id },
    { title: 'Destination', cell: (row) => row.destination.startsWith('queue://')
        ? <a href={`#/queues/${encodeURIComponent(row.destination.slice(8))}`}>{row.destination}</a>
        : row.destination },
    { title: 'Unacknowledged', number: true, cell: (row) => count(row.unsettled) },
    { title: 'Takes', number: true, cell: (row) => count(row.credit) },
    { title: 'Delivered', number: true, cell: (row) => count(row.delivered) },
    { title: 'Selector', cell: (row) => row.selector },
];

const SESSIONS: Column<SessionView>[] = [
    { title: 'Session', cell: (row) => row.name },
    { title: 'Consumers', cell: (row) => row.consumers.join(', ') || '–' },
];

function Detail(props: { id: string }) {
    const { value, problem } = useLoaded(() => api.connection(props.id), [props.id], 2000);
    const why = useLoaded(() => api.whyConnection(props.id), [props.id], 2000);
    const held = (why.value?.consumers ?? []).flatMap((one) =>
        one.reasons.map((reason) => `${one.destination}: ${reason.text}`));
    held.unshift(...(why.value?.reasons ?? []).map((one) => one.text));
    return (
        <>
            <h1>Connection {props.id}</h1>
            <Problem text={problem} />
            {value && (
                <>
                    <div class="bar">
                        <Button needs="admin" danger confirm="Close this connection?" act={async () => {
                            if (await doing('closed', () => api.closeConnection(props.id))) {
                                location.hash = '#/connections';
                            }
                        }}>Close the connection</Button>
                    </div>
                    <dl class="facts">
                        <dt>Client id</dt><dd>{value.client_id || '–'}</dd>
                        <dt>Protocol</dt><dd>{value.protocol}</dd>
                        <dt>Address</dt><dd>{value.peer}</dd>
                        <dt>Since</dt><dd>{time(value.connected_at_ms)}</dd>
                        <dt>Sent to the broker</dt><dd>{count(value.published)}</dd>
                        <dt>Delivered to it</dt><dd>{count(value.delivered)}</dd>
                        <dt>Open transactions</dt><dd>{count(value.transactions)}</dd>
                        <dt>Unconfirmed</dt><dd>{count(value.unconfirmed)}</dd>
                        <dt>Held back</dt><dd>{value.blocked ? 'yes' : 'no'}</dd>
                    </dl>
                    <section aria-labelledby="why">
                        <h2 id="why">What keeps it</h2>
                        {held.length === 0 && <Reasons why={why.value} problem={why.problem}
                            none={`${why.value?.text}.`} />}
                        <ul class="findings">
                            {held.map((one) => <li key={one}>{one}.</li>)}
                        </ul>
                    </section>
                    <h2>Sessions</h2>
                    <Table caption="Sessions" columns={SESSIONS} rows={value.session_list ?? []}
                        id={(row) => row.name} empty="None is known of it." />
                    <h2>Consumers</h2>
                    <Table caption="Consumers" columns={CONSUMERS} rows={value.consumer_list ?? []}
                        id={(row) => row.id + row.destination} empty="It consumes nothing." />
                </>
            )}
        </>
    );
}

export function Connections(props: { id?: string }) {
    return props.id === undefined ? <List /> : <Detail key={props.id} id={props.id} />;
}

function List() {
    const [search, setSearch] = useState('');
    const [offset, setOffset] = useState(0);
    const { value, problem, reload } = useLoaded(
        () => api.connections({ search, offset, limit: LIMIT }), [search, offset], 2000);
    const columns: Column<Connection>[] = [
        { title: 'Id', cell: (row) => <a href={`#/connections/${row.id}`}>{row.id}</a> },
        { title: 'Client', cell: (row) => row.client_id || '–' },
        { title: 'Protocol', cell: (row) => row.protocol },
        { title: 'Address', cell: (row) => row.peer },
        { title: 'Consumers', number: true, cell: (row) => count(row.consumers) },
        { title: 'In', number: true, cell: (row) => count(row.published) },
        { title: 'Out', number: true, cell: (row) => count(row.delivered) },
        { title: '', cell: (row) => (
            <Button needs="admin" danger confirm={`Close ${row.client_id || row.peer}?`} act={async () => {
                await doing('closed', () => api.closeConnection(row.id));
                reload();
            }}>Close</Button>) },
    ];
    return (
        <>
            <h1>Connections</h1>
            <Problem text={problem} />
            <div class="bar">
                <Search label="Find clients" value={search}
                    change={(text) => { setSearch(text); setOffset(0); }} />
            </div>
            <Table caption="Connections" columns={columns} rows={value?.items ?? []}
                id={(row) => row.id} empty="Nobody is connected." />
            <Pager offset={offset} limit={LIMIT} total={value?.total ?? 0} go={setOffset} />
            <Listeners />
        </>
    );
}

/** Where clients come in, while the broker runs. */
function Listeners() {
    const { value, problem, reload } = useLoaded(() => api.listeners(), [], 5000);
    const columns: Column<Listener>[] = [
        { title: 'Name', cell: (row) => row.name },
        { title: 'Where', cell: (row) => row.uri },
        { title: '', cell: (row) => (row.name.startsWith('http') ? null :
            <Button needs="admin" danger
                confirm={`Close ${row.name}, and the connections that came by it?`}
                act={async () => {
                    await doing('closed', () => api.removeListener(row.name));
                    reload();
                }}>Close</Button>) },
    ];
    return (
        <section aria-labelledby="listeners">
            <h2 id="listeners">Listeners</h2>
            <Problem text={problem} />
            <Line needs="admin" button="Open" submit={async (text) => {
                const opened = await doing('opened', () => api.addListener(text('uri')));
                reload();
                return opened;
            }}>
                <Field label="stomp://127.0.0.1:61700" name="uri" required />
            </Line>
            <Table caption="Listeners" columns={columns} rows={value?.items ?? []}
                id={(row) => row.name + row.address} />
        </section>
    );
}
