import { useState } from 'preact/hooks';

import { Queue, api } from '../api';
import { useLoaded } from '../live';
import { Button, Column, Order, Pager, Problem, Search, Table, count, doing } from '../ui';

const LIMIT = 50;

export function Queues() {
    const [search, setSearch] = useState('');
    const [offset, setOffset] = useState(0);
    const [order, setOrder] = useState<Order>({ sort: 'name', descending: false });
    const [name, setName] = useState('');
    const { value, problem, reload } = useLoaded(
        () => api.queues({ search, offset, limit: LIMIT, sort: order.sort,
            order: order.descending ? 'descending' : undefined }),
        [search, offset, order], 2000);
    const after = async (what: string, task: () => Promise<unknown>) => {
        await doing(what, task);
        reload();
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
                <Button act={() => after(row.paused ? 'resumed' : 'paused',
                    () => api.pause(row.name, !row.paused))}>
                    {row.paused ? 'Resume' : 'Pause'}
                </Button>
                <Button danger confirm={`Remove all messages of ${row.name}?`}
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
                <form class="inline" onSubmit={async (event) => {
                    event.preventDefault();
                    await after(`made ${name}`, () => api.createQueue(name));
                    setName('');
                }}>
                    <label><span class="hidden">Name of a new queue</span>
                        <input placeholder="New queue" required value={name}
                            onInput={(event) => setName(event.currentTarget.value)} /></label>
                    <button>Create</button>
                </form>
            </div>
            <Table caption="Queues" columns={columns} rows={value?.items ?? []}
                id={(row) => row.name} order={order}
                reorder={(next) => { setOrder(next); setOffset(0); }}
                empty={search ? 'No queue is called so.' : 'There are no queues.'} />
            <Pager offset={offset} limit={LIMIT} total={value?.total ?? 0} go={setOffset} />
        </>
    );
}
