import { useMemo } from 'preact/hooks';

import { Flow, Limit, api } from '../api';
import { Chart } from '../chart';
import { useLive, useLoaded } from '../live';
import { Problem, bytes, count } from '../ui';

const LIMITS = [['memory', 'Memory'], ['store', 'Store'], ['temporary', 'Temporary store'],
    ['schedule', 'Schedule']] as const;

function Use(props: { title: string; limit: Limit }) {
    const { used_bytes: used, limit_bytes: limit, percent } = props.limit;
    return (
        <div class="use">
            <span>{props.title}</span>
            {limit > 0 && <meter min={0} max={100} high={90} optimum={0} value={percent}
                aria-label={`${props.title}: ${Math.round(percent)} % used`} />}
            <span class="faint">
                {bytes(used)}{limit > 0 ? ` of ${bytes(limit)}` : ', without a limit'}</span>
        </div>
    );
}

function Limits(props: { flow: Flow }) {
    const { flow } = props;
    return (
        <>
            {LIMITS.map(([name, title]) => <Use title={title} limit={flow[name]} />)}
            <dl class="facts">
                <dt>Free on the disk</dt><dd>{bytes(flow.disk_free_bytes)}</dd>
                <dt>Sends that wait for space</dt><dd>{count(flow.waiting_sends)}</dd>
                <dt>Sends refused for lack of it</dt><dd>{count(flow.refused_sends)}</dd>
                <dt>Messages that slow subscribers lost</dt>
                <dd>{count(flow.discarded_messages)}</dd>
                <dt>Consumers closed for being slow</dt><dd>{count(flow.closed_consumers)}</dd>
            </dl>
        </>
    );
}

/** What somebody should look at, with its cause and what to do. */
export function Findings() {
    const { value, problem } = useLoaded(api.health, [], 2000);
    return (
        <>
            <Problem text={problem} />
            {value?.findings.length === 0 && <p class="good">All is well.</p>}
            <ul class="findings">
                {value?.findings.map((one) => (
                    <li key={one.id + one.about}>
                        {QUEUES.has(one.id)
                            ? <a href={`#/queues/${encodeURIComponent(one.about)}`}>{one.about}</a>
                            : <strong>{one.about}</strong>}:{' '}
                        {one.cause}. <span class="faint">What to do: {one.remedy}.</span>
                    </li>
                ))}
            </ul>
        </>
    );
}

/** Findings that are about a queue. */
const QUEUES = new Set(['full', 'paused', 'no_consumer', 'slow_consumer', 'disk_latency']);

export function Health(props: { theme: string }) {
    const { samples, connected } = useLive();
    const broker = useLoaded(api.broker, []);
    const charts = useMemo(() => ({
        times_ms: samples.map((sample) => sample.at_ms),
        used: LIMITS.slice(0, 2).map(([name, title]) => ({
            name: title.toLowerCase(),
            values: samples.map((sample) => sample.broker.flow[name].percent),
        })),
        waiting: [{ name: 'sends that wait',
            values: samples.map((sample) => sample.broker.flow.waiting_sends) }],
    }), [samples]);
    const now = samples.at(-1)?.broker ?? broker.value;
    return (
        <>
            <h1>Health</h1>
            <Problem text={broker.problem} />
            {!connected && samples.length > 0 && <Problem text="The broker does not answer." />}
            <section aria-labelledby="findings">
                <h2 id="findings">What needs a look</h2>
                <Findings />
            </section>
            {now && (
                <section aria-labelledby="limits">
                    <h2 id="limits">Limits</h2>
                    <Limits flow={now.flow} />
                </section>
            )}
            <div class="charts">
                <Chart title="Percent used" times_ms={charts.times_ms} lines={charts.used}
                    theme={props.theme} />
                <Chart title="Sends that wait for space" times_ms={charts.times_ms}
                    lines={charts.waiting} theme={props.theme} />
            </div>
            {broker.value && (
                <section aria-labelledby="node">
                    <h2 id="node">This node</h2>
                    <dl class="facts">
                        <dt>Role</dt>
                        <dd>active: it holds the lock of {broker.value.data_directory}. Another
                            broker that is started with the same directory waits and takes over when
                            this one ends.</dd>
                        <dt>Network</dt><dd>no bridges to other brokers</dd>
                    </dl>
                </section>
            )}
        </>
    );
}
