import { useState } from 'preact/hooks';

import { Trace, TraceEvent, api } from '../api';
import { useLoaded } from '../live';
import { Column, Field, Line, Problem, Search, Table, doing, time } from '../ui';

const LIMIT = 50;

function After(props: { event: TraceEvent }) {
    return <>{(props.event.after_us / 1000).toFixed(3)} ms</>;
}

function Who(props: { event: TraceEvent }) {
    const { connection, consumer, detail } = props.event;
    return (
        <>
            {connection && <a href={`#/connections/${connection}`}>{consumer
                ? `consumer ${consumer}` : `connection ${connection}`}</a>}
            {connection && detail && ': '}
            {detail}
        </>
    );
}

const COLUMNS: Column<TraceEvent>[] = [
    { title: 'After', number: true, cell: (row) => <After event={row} /> },
    { title: 'What', cell: (row) => row.event.replaceAll('_', ' ') },
    { title: 'Where', cell: (row) => row.destination ?? '' },
    { title: 'Who and why', cell: (row) => <Who event={row} /> },
];

/** A message's name: its id, if it was seen when it came. */
function name(trace: Trace): string {
    return trace.events.find((event) => event.message_id)?.message_id ?? `message ${trace.id}`;
}

/** A message's way, behind what became of it last. */
function Way(props: { trace: Trace }) {
    const { events } = props.trace;
    const last = events[events.length - 1]!;
    return (
        <details class="way">
            <summary>
                {time(events[0]!.at_ms)} {name(props.trace)}: {last.event.replaceAll('_', ' ')}{' '}
                {last.destination ?? events[0]!.destination} after <After event={last} />
            </summary>
            <Table caption={`The way of ${name(props.trace)}`} columns={COLUMNS} rows={events}
                id={(row) => `${row.event} ${row.after_us} ${row.destination ?? ''}`} />
        </details>
    );
}

/** The ways of messages that the broker follows. */
export function Traces() {
    const [search, setSearch] = useState('');
    const { value, problem, reload } = useLoaded(
        () => api.traces({ search, limit: LIMIT }), [search], 2000);
    const follow = async (text: (name: string) => string) => {
        const percent = Number(text('percent').replace(',', '.'));
        const told = await doing('followed from now on', () => api.followMessages(percent / 100));
        reload();
        return told;
    };
    const percent = Math.round((value?.share ?? 0) * 1e6) / 1e4;
    return (
        <>
            <h1>Traces</h1>
            <Problem text={problem} />
            <p>{percent === 0 ? 'No message is followed on its way.'
                : `Of 100 messages that come, ${percent} are followed on their way.`}</p>
            <div class="bar">
                <Line needs="admin" button="Follow" submit={follow}>
                    <Field label="Of 100 messages, as in 0.1" name="percent" required />
                </Line>
                <Search label="Find a destination or a message" value={search} change={setSearch} />
            </div>
            {(value?.items ?? []).map((trace) => <Way key={trace.id} trace={trace} />)}
            {value?.items.length === 0 && <p class="faint">Nothing was followed.</p>}
        </>
    );
}
