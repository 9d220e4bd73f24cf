import { useMemo } from 'preact/hooks';

import { Consumer, api } from '../api';
import { Chart, short } from '../chart';
import { rates, useLive, useLoaded } from '../live';
import { Button, Column, Problem, Reasons, Table, Tile, count, doing } from '../ui';
import { Messages } from './messages';
import { Send } from './send';

const CONSUMERS: Column<Consumer>[] = [
    { title: 'Consumer', cell: (row) => row.id },
    { title: 'Client', cell: (row) => (
        <a href={`#/connections/${row.connection}`}>{row.client_id || row.peer}</a>) },
    { title: 'Protocol', cell: (row) => row.protocol },
    { title: 'Unacknowledged', number: true, cell: (row) => count(row.unsettled) },
    { title: 'Takes', number: true, cell: (row) => count(row.credit) },
    { title: 'Delivered', number: true, cell: (row) => count(row.delivered) },
    { title: 'Selector', cell: (row) => row.selector },
];

export function QueuePage(props: { name: string; theme: string }) {
    const { name } = props;
    const { samples } = useLive(name);
    const queue = useLoaded(() => api.queue(name), [name]);
    const consumers = useLoaded(() => api.queueConsumers(name), [name]);
    const why = useLoaded(() => api.whyQueue(name), [name], 2000);
    const charts = useMemo(() => ({
        times_ms: samples.map((sample) => sample.at_ms),
        flow: [{ name: 'in', values: rates(samples, (s) => s.queue?.enqueued) },
            { name: 'out', values: rates(samples, (s) => s.queue?.dequeued) }],
        latency: (['confirm', 'queueing', 'delivery'] as const).map((what) => ({
            name: what,
            values: samples.map((s) => s.queue?.latency?.[what].p99 ?? null),
        })),
        depth: [{ name: 'waiting', values: samples.map((s) => s.queue?.ready ?? null) },
            { name: 'unacknowledged', values: samples.map((s) => s.queue?.unsettled ?? null) }],
    }), [samples]);
    const now = samples.at(-1)?.queue ?? queue.value;
    const reload = () => {
        queue.reload();
        consumers.reload();
        why.reload();
    };
    const after = async (what: string, task: () => Promise<unknown>) => {
        if (await doing(what, task)) reload();
    };
    if (!now) {
        return <><h1>{name}</h1><Problem text={queue.problem} /></>;
    }
    return (
        <>
            <h1>{name} {now.paused && <span class="badge">paused</span>}</h1>
            <Problem text={queue.problem} />
            <div class="bar">
                <Button needs="operate" act={() => after(now.paused ? 'resumed' : 'paused',
                    () => api.pause(name, !now.paused))}>{now.paused ? 'Resume' : 'Pause'}</Button>
                <Button needs="operate" danger confirm="Remove all messages, those with consumers too?"
                    act={() => after('purged', () => api.purge(name))}>Purge</Button>
                <Button needs="admin" danger confirm="Delete the queue and its messages?" act={async () => {
                    if (await doing('deleted', () => api.deleteQueue(name))) {
                        location.hash = '#/queues';
                    }
                }}>Delete</Button>
            </div>
            <dl class="tiles">
                <Tile title="Waiting" value={count(now.ready)} />
                <Tile title="Unacknowledged" value={count(now.unsettled)} />
                <Tile title="Consumers" value={count(now.consumers)}
                    bad={now.consumers === 0 && now.ready > 0} />
                <Tile title="In, a second" value={short(charts.flow[0]!.values.at(-1) ?? 0)} />
                <Tile title="Out, a second" value={short(charts.flow[1]!.values.at(-1) ?? 0)} />
                <Tile title="In, ever" value={count(now.enqueued)} />
                <Tile title="Expired" value={count(now.expired)} />
            </dl>
            <section aria-labelledby="why">
                <h2 id="why">What keeps messages here</h2>
                <Reasons why={why.value} problem={why.problem}
                    none="Nothing: they are on their way." />
            </section>
            <div class="charts">
                <Chart title="Messages a second" times_ms={charts.times_ms} lines={charts.flow}
                    theme={props.theme} />
                <Chart title="Milliseconds, 99 of 100 messages" times_ms={charts.times_ms} lines={charts.latency}
                    theme={props.theme} />
                <Chart title="Messages here" times_ms={charts.times_ms} lines={charts.depth}
                    theme={props.theme} />
            </div>
            <section aria-labelledby="consumers">
                <h2 id="consumers">Consumers</h2>
                <Table caption="Consumers" columns={CONSUMERS} rows={consumers.value?.items ?? []}
                    id={(row) => row.id} empty="Nobody consumes from this queue." />
            </section>
            <Messages queue={name} changed={reload} />
            <Send name={name} topic={false} sent={reload} />
        </>
    );
}
