import { Job, api } from '../api';
import { useLoaded } from '../live';
import { Button, Column, Problem, Table, count, doing, duration, time } from '../ui';

const LIMIT = 200;

function repeats(job: Job): string {
    if (job.cron) return job.cron;
    if (job.repeat === 0) return '';
    const every = `every ${duration(job.period_ms)}`;
    return job.repeat < 0 ? `${every}, without end` : `${every}, ${count(job.repeat)} times more`;
}

/** Messages that wait for their time. */
export function Scheduled() {
    const { value, problem, reload } = useLoaded(() => api.scheduled({ limit: LIMIT }), [], 2000);
    const forget = async (id?: string) => {
        if (await doing('removed', () => api.forgetScheduled(id))) reload();
    };
    const columns: Column<Job>[] = [
        { title: 'Job', cell: (row) => row.id },
        { title: 'Destination', cell: (row) => row.destination },
        { title: 'Next', cell: (row) => time(row.due_at_ms) },
        { title: 'Sent', cell: (row) => time(row.accepted_at_ms) },
        { title: 'Repeats', cell: repeats },
        { title: 'Deliveries', number: true, cell: (row) => count(row.deliveries) },
        { title: '', cell: (row) => (
            <Button needs="admin" danger confirm="Never deliver it?" act={() => forget(row.id)}>Remove</Button>) },
    ];
    const total = value?.total ?? 0;
    return (
        <>
            <h1>Scheduled messages</h1>
            <Problem text={problem} />
            <div class="bar">
                <span>{count(total)} wait for their time
                    {total > LIMIT && `; the first ${count(LIMIT)} are below`}.</span>
                <Button needs="admin" danger disabled={total === 0} confirm="Never deliver any of them?"
                    act={() => forget()}>Remove all</Button>
            </div>
            <Table caption="Scheduled messages" columns={columns} rows={value?.items ?? []}
                id={(row) => row.id} empty="No message waits for its time." />
        </>
    );
}
