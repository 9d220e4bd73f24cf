import { useState } from 'preact/hooks';

import { Queue, api } from '../api';
import { useLoaded } from '../live';
import { Button, Column, Field, Line, Order, Pager, Problem, Search, Table, count, doing } from
    '../ui';

const LIMIT = 50;

export function Queues() {
    const [search, setSearch] = useState('');
    const [offset, setOffset] = useState(0);
    const [order, setOrder] = useState<Order>({ sort: 'name', descending: false });
    const { value, problem, reload } = useLoaded(
        () => api.queues({ search, offset, limit: LIMIT, sort: order.sort,
            order: order.descending ? 'descending' : undefined }),
        [search, offset, order], 2000);
    const after = async (what: string, task: () => Promise<unknown>) => {
        const done = await doing(what, task);
        reload();
        return done;
    };
    const columns: Column<Queue>[] = [
        { title: 'Name', sort: 'name', cell: (row) => (
            <>
                <a href={`#/queues/${encodeURIComponent(row.name)}`}>{row.name}</a>
                {row.paused && <span class="badge">paused</span>}
            </>) },
        { title: 'Messages', sort: 'size', number: true, cell: (row) => count(row.size) },
        { title: 'Unacknowledged', sort: 'unsettled', number: true,
            cell: (row) => count(row.unsettled) },
        { title: 'Consumers', sort: 'consumers', number: true, cell: (row) => count(row.consumers) },
        { title: 'In', sort: 'enqueued', number: true, cell: (row) => count(row.enqueued) },
        { title: 'Out', sort: 'dequeued', number: true, cell: (row) => count(row.dequeued) },
        { title: '', cell: (row) => (
            <span class="actions">
                <Button needs="operate" act={() => after(row.paused ? 'resumed' : 'paused',
                    () => api.pause(row.name, !row.paused))}>
                    {row.paused ? 'Resume' : 'Pause'}
                </Button>
                <Button needs="operate" danger confirm={`Remove all messages of ${row.name}?`}
                    act={() => after('purged', () => api.purge(row.name))}>Purge</Button>
            </span>) },
    ];
    return (
        <>
            <h1>Queues</h1>
            <Problem text={problem} />
            <div class="bar">
                <Search label="Find queues" value={search}
                    change={(text) => { setSearch(text); setOffset(0); }} />
                <Line needs="admin" button="Create" submit={(text) =>
                    after(`made ${text('name')}`, () => api.createQueue(text('name')))}>
                    <Field label="New queue" name="name" required />
                </Line>
            </div>
            <Table caption="Queues" columns={columns} rows={value?.items ?? []}
                id={(row) => row.name} order={order}
                reorder={(next) => { setOrder(next); setOffset(0); }}
                empty={search ? 'No queue has that in its name.'
                    : 'There are no queues yet. One is made when somebody sends to it or consumes ' +
                        'from it, or by the form above.'} />
            <Pager offset={offset} limit={LIMIT} total={value?.total ?? 0} go={setOffset} />
        </>
    );
}
