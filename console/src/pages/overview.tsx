import { useMemo } from 'preact/hooks';

import { api } from '../api';
import { Chart, short } from '../chart';
import { rates, useLive, useLoaded } from '../live';
import { Problem, Tile, bytes, count, duration } from '../ui';
import { Findings } from './health';

const MIB = 2 ** 20;
/** How long until a durable message is safe, and until it is delivered: half of them, nearly all. */
const LATENCIES = [['confirm', 'p50'], ['confirm', 'p99'], ['queueing', 'p50'],
    ['queueing', 'p99']] as const;

export function Overview(props: { theme: string }) {
    const { samples, connected } = useLive();
    const broker = useLoaded(api.broker, []);
    const charts = useMemo(() => {
        const times_ms = samples.map((sample) => sample.at_ms);
        return {
            times_ms,
            flow: [{ name: 'in', values: rates(samples, (s) => s.broker.published) },
                { name: 'out', values: rates(samples, (s) => s.broker.delivered) }],
            depth: [{ name: 'waiting', values: samples.map((s) => s.broker.ready) },
                { name: 'unacknowledged', values: samples.map((s) => s.broker.unsettled) }],
            latency: LATENCIES.map(([what, share]) => ({
                name: `${what} ${share}`,
                values: samples.map((s) => s.latency?.[what][share] ?? null),
            })),
            used: [{ name: 'memory', values: samples.map((s) => s.broker.flow.memory.used_bytes / MIB) },
                { name: 'store', values: samples.map((s) => s.broker.flow.store.used_bytes / MIB) }],
            clients: [{ name: 'connections', values: samples.map((s) => s.broker.connections) },
                { name: 'consumers', values: samples.map((s) => s.broker.consumers) }],
            journal: [{ name: 'MiB written a second', values: rates(samples,
                (s) => s.broker.journal_written_bytes / MIB) },
            { name: 'files', values: samples.map((s) => s.broker.journal_files) }],
        };
    }, [samples]);
    const now = samples.at(-1)?.broker ?? broker.value;
    const about = broker.value;
    const rate = (values: (number | null)[]) => short(values.at(-1) ?? 0);
    return (
        <>
            <h1>{about?.name ?? 'Overview'}</h1>
            <Problem text={broker.problem} />
            {!connected && samples.length > 0 && <Problem text="The broker does not answer." />}
            {about && now && (
                <dl class="tiles">
                    <Tile title="In, a second" value={rate(charts.flow[0]!.values)} />
                    <Tile title="Out, a second" value={rate(charts.flow[1]!.values)} />
                    <Tile title="Messages waiting" value={count(now.ready)} />
                    <Tile title="Unacknowledged" value={count(now.unsettled)} />
                    <Tile title="Queues" value={count(now.queues)} />
                    <Tile title="Paused" value={count(now.paused_queues)}
                        bad={now.paused_queues > 0} />
                    <Tile title="Consumers" value={count(now.consumers)} />
                    <Tile title="Connections" value={count(now.connections)} />
                    <Tile title="Memory" value={bytes(now.flow.memory.used_bytes)} />
                    <Tile title="Store" value={bytes(now.flow.store.used_bytes)} />
                    <Tile title="Journal files" value={count(now.journal_files)} />
                    <Tile title="Up for" value={duration(about.uptime_ms)} />
                </dl>
            )}
            <section aria-labelledby="health">
                <h2 id="health">Health</h2>
                <Findings />
            </section>
            <div class="charts">
                <Chart title="Messages a second" times_ms={charts.times_ms} lines={charts.flow}
                    theme={props.theme} />
                <Chart title="Messages on queues" times_ms={charts.times_ms} lines={charts.depth}
                    theme={props.theme} />
                <Chart title="Milliseconds" times_ms={charts.times_ms} lines={charts.latency}
                    theme={props.theme} />
                <Chart title="MiB in use" times_ms={charts.times_ms} lines={charts.used}
                    theme={props.theme} />
                <Chart title="Clients" times_ms={charts.times_ms} lines={charts.clients}
                    theme={props.theme} />
                <Chart title="Journal" times_ms={charts.times_ms}
                    lines={charts.journal} theme={props.theme} />
            </div>
            {about && (
                <section aria-labelledby="about">
                    <h2 id="about">This broker</h2>
                    <dl class="facts">
                        <dt>Version</dt><dd>{about.version}</dd>
                        <dt>Shards</dt><dd>{about.shards}</dd>
                        <dt>Data</dt><dd>{about.data_directory}</dd>
                        <dt>Listens</dt>
                        <dd>{about.listeners.map((one) => `${one.name} ${one.address}`).join(', ')}</dd>
                    </dl>
                </section>
            )}
        </>
    );
}
