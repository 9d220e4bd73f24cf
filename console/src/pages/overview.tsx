import { useMemo } from 'preact/hooks';

import { api } from '../api';
import { Chart, short } from '../chart';
import { rates, useLive, useLoaded } from '../live';
import { Problem, Tile, count, duration } from '../ui';

export function Overview(props: { theme: string }) {
    const { samples, connected } = useLive();
    const broker = useLoaded(api.broker, []);
    const health = useLoaded(api.health, []);
    const charts = useMemo(() => {
        const times_ms = samples.map((sample) => sample.at_ms);
        return {
            times_ms,
            flow: [{ name: 'in', values: rates(samples, (s) => s.broker.published) },
                { name: 'out', values: rates(samples, (s) => s.broker.delivered) }],
            depth: [{ name: 'waiting', values: samples.map((s) => s.broker.ready) },
                { name: 'unacknowledged', values: samples.map((s) => s.broker.unsettled) }],
            clients: [{ name: 'connections', values: samples.map((s) => s.broker.connections) },
                { name: 'consumers', values: samples.map((s) => s.broker.consumers) }],
            journal: [{ name: 'bytes written',
                values: rates(samples, (s) => s.broker.journal_written_bytes) }],
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
                    <Tile title="Journal files" value={count(now.journal_files)} />
                    <Tile title="Up for" value={duration(about.uptime_ms)} />
                </dl>
            )}
            <section aria-labelledby="health">
                <h2 id="health">Health</h2>
                <Problem text={health.problem} />
                {health.value?.findings.length === 0 && <p class="good">All is well.</p>}
                <ul class="findings">
                    {health.value?.findings.map((one) => (
                        <li key={one.id + one.about}>
                            <a href={`#/queues/${encodeURIComponent(one.about)}`}>{one.about}</a>:{' '}
                            {one.cause}. <span class="faint">What to do: {one.remedy}.</span>
                        </li>
                    ))}
                </ul>
            </section>
            <div class="charts">
                <Chart title="Messages a second" times_ms={charts.times_ms} lines={charts.flow}
                    theme={props.theme} />
                <Chart title="Messages on queues" times_ms={charts.times_ms} lines={charts.depth}
                    theme={props.theme} />
                <Chart title="Clients" times_ms={charts.times_ms} lines={charts.clients}
                    theme={props.theme} />
                <Chart title="Journal, bytes a second" times_ms={charts.times_ms}
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
