import { useEffect, useState } from 'preact/hooks';

import { Subscription, Topic, api } from '../api';
import { useLoaded } from '../live';
import { Button, Column, Field, Line, Pager, Problem, Search, Table, Tile, count, doing } from
    '../ui';
import { Send } from './send';

const LIMIT = 50;

const TOPICS: Column<Topic>[] = [
    { title: 'Topic', cell: (row) => (
        <a href={`#/topics/${encodeURIComponent(row.name)}`}>{row.name}</a>) },
    { title: 'Subscriptions', number: true, cell: (row) => count(row.subscriptions) },
    { title: 'Durable', number: true, cell: (row) => count(row.durable_subscriptions) },
    { title: 'Producers', number: true, cell: (row) => count(row.producers) },
    { title: 'Pending', number: true, cell: (row) => count(row.pending) },
];

/** Subscriptions whose names or topics contain `search`, or all of one topic. */
function Subscriptions(props: { search: string; topic?: string }) {
    const { search, topic } = props;
    const [offset, setOffset] = useState(0);
    useEffect(() => setOffset(0), [search]);
    const { value, problem, reload } = useLoaded(
        () => api.subscriptions({ search, offset, limit: LIMIT }), [search, offset], 2000);
    const after = async (what: string, task: () => Promise<unknown>) => {
        const done = await doing(what, task);
        reload();
        return done;
    };
    const columns: Column<Subscription>[] = [
        { title: 'Client', cell: (row) => row.client_id ?? '–' },
        { title: 'Name', cell: (row) => row.name ?? '–' },
        { title: 'Topic', cell: (row) => row.topic },
        { title: 'Selector', cell: (row) => row.selector || '–' },
        { title: 'Active', cell: (row) => (row.active ? 'yes' : 'no') },
        { title: 'Messages', number: true, cell: (row) => count(row.size) },
        { title: '', cell: (row) => row.durable && row.name !== null && (
            <Button needs="admin" danger disabled={row.active}
                confirm={`Delete ${row.name} and its messages?`}
                act={() => after('deleted', () =>
                    api.deleteSubscription(row.client_id ?? '', row.name!))}>Delete</Button>) },
    ];
    const rows = (value?.items ?? []).filter(
        (row) => topic === undefined || row.topic.split(',').includes(topic));
    return (
        <section aria-labelledby="subscriptions">
            <h2 id="subscriptions">Subscriptions</h2>
            <Problem text={problem} />
            <Line needs="admin" button="Subscribe" submit={(text) => after('made', () =>
                api.createSubscription({ client_id: text('client_id'), name: text('name'),
                    topic: topic ?? text('topic'), selector: text('selector') }))}>
                <Field label="Client id" name="client_id" required />
                <Field label="Name" name="name" required />
                {topic === undefined && <Field label="Topic" name="topic" required />}
                <Field label="Selector" name="selector" />
            </Line>
            <Table caption="Subscriptions" columns={columns} rows={rows}
                id={(row) => `${row.client_id} ${row.name} ${row.topic}`}
                empty="There are no subscriptions." />
            {topic === undefined && <Pager offset={offset} limit={LIMIT} total={value?.total ?? 0}
                go={setOffset} />}
        </section>
    );
}

export function Topics() {
    const [search, setSearch] = useState('');
    const topics = useLoaded(() => api.topics({ search }), [search], 2000);
    return (
        <>
            <h1>Topics</h1>
            <Problem text={topics.problem} />
            <div class="bar">
                <Search label="Find topics and subscriptions" value={search} change={setSearch} />
            </div>
            <Table caption="Topics" columns={TOPICS} rows={topics.value?.items ?? []}
                id={(row) => row.name} empty="Nobody subscribes or sends to topics." />
            <Subscriptions search={search} />
        </>
    );
}

export function TopicPage(props: { name: string }) {
    const { name } = props;
    const { value, problem, reload } = useLoaded(() => api.topics({ search: name }), [name], 2000);
    const now = value?.items.find((row) => row.name === name);
    return (
        <>
            <h1>{name}</h1>
            <Problem text={problem} />
            {value && !now && <p>Nobody subscribes or sends to this topic.</p>}
            {now && (
                <dl class="tiles">
                    <Tile title="Subscriptions" value={count(now.subscriptions)} />
                    <Tile title="Durable" value={count(now.durable_subscriptions)} />
                    <Tile title="Producers" value={count(now.producers)} />
                    <Tile title="Pending" value={count(now.pending)} />
                </dl>
            )}
            <Subscriptions search={name} topic={name} />
            <Send name={name} topic sent={reload} />
        </>
    );
}
