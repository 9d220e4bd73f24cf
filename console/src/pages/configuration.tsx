import { useState } from 'preact/hooks';

import { Outcome, api } from '../api';
import { useLoaded } from '../live';
import { Button, Column, Pager, Problem, Table, count, doing, lacks } from '../ui';

const LIMIT = 50;
const LEVELS = ['debug', 'info', 'warning', 'error'];

const REPORT: Column<Outcome>[] = [
    { title: 'Line', number: true, cell: (row) => row.place },
    { title: 'What', cell: (row) => row.what },
    { title: 'Outcome', cell: (row) => (
        <span class={row.outcome === 'applied' ? 'good' : ''}>{row.outcome}</span>) },
    { title: 'Why', cell: (row) => row.why },
];

function Report(props: { rows: Outcome[] }) {
    const [offset, setOffset] = useState(0);
    const [open, setOpen] = useState(false);
    const ignored = props.rows.filter((row) => row.outcome !== 'applied');
    const rows = open ? props.rows : ignored;
    return (
        <section aria-labelledby="report">
            <h2 id="report">What became of it</h2>
            <div class="bar">
                <span>Applied: {count(props.rows.length - ignored.length)}. Without effect
                    here: {count(ignored.length)}.</span>
                <button type="button" aria-pressed={open}
                    onClick={() => { setOpen(!open); setOffset(0); }}>Show all</button>
            </div>
            <Table caption="Report" columns={REPORT} rows={rows.slice(offset, offset + LIMIT)}
                id={(row) => row.place + row.what} empty="Everything is applied." />
            <Pager offset={offset} limit={LIMIT} total={rows.length} go={setOffset} />
        </section>
    );
}

function Log() {
    const { value, problem, reload } = useLoaded(api.log, []);
    const [module, setModule] = useState('');
    const set = async (level: string, which: string) => {
        await doing(`${which || 'all'}: ${level}`, () => api.setLog(level, which));
        reload();
    };
    const choice = (which: string, current: string | undefined) => (
        <label class="use">
            <span>{which || 'All'}</span>
            <select value={current} disabled={lacks('admin') !== undefined} title={lacks('admin')}
                onChange={(event) => set(event.currentTarget.value, which)}>
                {LEVELS.map((level) => <option value={level}>{level}</option>)}
            </select>
        </label>
    );
    return (
        <section aria-labelledby="log">
            <h2 id="log">What is logged</h2>
            <Problem text={problem} />
            {value && choice('', value.level)}
            {value && Object.entries(value.modules).map(([name, level]) => choice(name, level))}
            <div class="bar">
                <label><span class="hidden">Part of the broker</span>
                    <input placeholder="A part, such as engine" value={module}
                        onInput={(event) => setModule(event.currentTarget.value)} /></label>
                <Button needs="admin" disabled={!module} act={() => set('debug', module)}>
                    Debug it</Button>
            </div>
        </section>
    );
}

/** What the broker was told to be, and what it made of it. */
export function ConfigurationPage() {
    const { value, problem, reload } = useLoaded(api.configuration, []);
    return (
        <>
            <h1>Configuration</h1>
            <Problem text={problem} />
            {value && (
                <>
                    <div class="bar">
                        <span class="grow">{value.source || 'The one that comes with the program'}
                        </span>
                        <Button needs="admin" disabled={!value.source} act={async () => {
                            if (await doing('read again', api.reloadConfiguration)) reload();
                        }}>Read it again</Button>
                    </div>
                    {value.restart_needed &&
                        <p class="problem">Some of it takes effect at the next start.</p>}
                    <Report rows={value.report} />
                    <section aria-labelledby="document">
                        <h2 id="document">As it holds now</h2>
                        <pre tabIndex={0}>{value.document}</pre>
                    </section>
                </>
            )}
            <Log />
        </>
    );
}
