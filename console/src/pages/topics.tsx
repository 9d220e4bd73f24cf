import { useState } from 'preact/hooks';

import { Subscription, Topic, api } from '../api';
import { useLoaded } from '../live';
import { Button, Column, Pager, Problem, Search, Table, count, doing } from '../ui';

const LIMIT = 50;

const TOPICS: Column<Topic>[] = [
    { title: 'Topic', cell: (row) => row.name },
    { title: 'Subscriptions', number: true, cell: (row) => count(row.subscriptions) },
    { title: 'Durable', number: true, cell: (row) => count(row.durable_subscriptions) },
    { title: 'Producers', number: true, cell: (row) => count(row.producers) },
    { title: 'Pending', number: true, cell: (row) => count(row.pending) },
];

export function Topics() {
    const [search, setSearch] = useState('');
    const [offset, setOffset] = useState(0);
    const topics = useLoaded(() => api.topics({ search }), [search], 2000);
    const subscriptions = useLoaded(() => api.subscriptions({ search, offset, limit: LIMIT }),
        [search, offset], 2000);
    const columns: Column<Subscription>[] = [
        { title: 'Client', cell: (row) => row.client_id ?? '–' },
        { title: 'Name', cell: (row) => row.name ?? '–' },
        { title: 'Topic', cell: (row) => row.topic },
        { title: 'Selector', cell: (row) => row.selector },
        { title: 'Active', cell: (row) => (row.active ? 'yes' : 'no') },
        { title: 'Messages', number: true, cell: (row) => count(row.size) },
        { title: '', cell: (row) => row.durable && row.name !== null && (
            <Button danger disabled={row.active} confirm={`Delete ${row.name} and its messages?`}
                act={async () => {
                    await doing('deleted',
                        () => api.deleteSubscription(row.client_id ?? '', row.name!));
                    subscriptions.reload();
                }}>Delete</Button>) },
    ];
    return (
        <>
            <h1>Topics</h1>
            <Problem text={topics.problem ?? subscriptions.problem} />
            <div class="bar">
                <Search label="Find topics and subscriptions" value={search}
                    change={(text) => { setSearch(text); setOffset(0); }} />
            </div>
            <Table caption="Topics" columns={TOPICS} rows={topics.value?.items ?? []}
                id={(row) => row.name} empty="Nobody subscribes or sends to topics." />
            <h2>Subscriptions</h2>
            <Table caption="Subscriptions" columns={columns} rows={subscriptions.value?.items ?? []}
                id={(row) => `${row.client_id} ${row.name} ${row.topic}`}
                empty="There are no subscriptions." />
            <Pager offset={offset} limit={LIMIT} total={subscriptions.value?.total ?? 0}
                go={setOffset} />
        </>
    );
}
