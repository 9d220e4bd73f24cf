import { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import { Session, Why } from './api';

/** What was done, or why not, for a moment at the foot of the page. */
let say: (text: string, bad: boolean) => void = () => {};

export function Notes() {
    const [note, set] = useState<{ text: string; bad: boolean } | null>(null);
    const timer = useRef<ReturnType<typeof setTimeout>>();
    say = (text, bad) => {
        clearTimeout(timer.current);
        set({ text, bad });
        timer.current = setTimeout(() => set(null), bad ? 10_000 : 4_000);
    };
    return (
        <div class="notes" role="status" aria-live="polite">
            {note && <p class={note.bad ? 'note bad' : 'note'}>{note.text}</p>}
        </div>
    );
}

/** Does it, says that it was done, or why not. */
export async function doing(what: string, task: () => Promise<unknown>): Promise<boolean> {
    try {
        const done = (await task()) as { messages?: number } | undefined;
        say(done?.messages === undefined ? what : `${what}: ${done.messages} messages`, false);
        return true;
    } catch (error) {
        say(`${what}: ${(error as Error).message}`, true);
        return false;
    }
}

type Role = NonNullable<Session['role']>;
const ROLES: Role[] = ['nobody', 'view', 'operate', 'admin'];
let role: Role = 'nobody';

export function beRole(now: Role) {
    role = now;
}

/** Why whoever is logged in may not do what that role may; nothing: they may. */
export function lacks(needed: Role): string | undefined {
    if (ROLES.indexOf(role) >= ROLES.indexOf(needed)) return undefined;
    return needed === 'admin' ? 'This is for admins.' : 'This is for operators and admins.';
}

/** A button that asks before it does something that cannot be undone. */
export function Button(props: {
    children: ComponentChildren;
    act: () => unknown;
    /** The least role that may do it. */
    needs?: Role;
    confirm?: string;
    danger?: boolean;
    disabled?: boolean;
}) {
    const refusal = props.needs && lacks(props.needs);
    const [asking, ask] = useState(false);
    const yes = useRef<HTMLButtonElement>(null);
    useEffect(() => {
        if (asking) yes.current?.focus();
    }, [asking]);
    if (asking) {
        return (
            <span class="ask" role="group" aria-label={props.confirm}
                onKeyDown={(event) => event.key === 'Escape' && ask(false)}>
                {props.confirm}{' '}
                <button type="button" class="danger" ref={yes}
                    onClick={() => { ask(false); props.act(); }}>Yes</button>
                <button type="button" onClick={() => ask(false)}>No</button>
            </span>
        );
    }
    return (
        <button type="button" class={props.danger ? 'danger' : ''}
            disabled={props.disabled || refusal !== undefined} title={refusal}
            onClick={() => (props.confirm ? ask(true) : props.act())}>
            {props.children}
        </button>
    );
}

export interface Column<Row> {
    title: string;
    cell: (row: Row) => ComponentChildren;
    number?: boolean;
    sort?: string;
}

export interface Order {
    sort: string;
    descending: boolean;
}

/** A table; headings of columns that can be sorted are buttons. */
export function Table<Row>(props: {
    caption: string;
    columns: Column<Row>[];
    rows: Row[];
    id: (row: Row) => string;
    order?: Order;
    reorder?: (order: Order) => void;
    empty?: string;
}) {
    const { order } = props;
    const heading = (column: Column<Row>) => {
        if (!column.sort || !order || !props.reorder) return column.title;
        const current = order.sort === column.sort;
        const descending = current ? !order.descending : column.sort !== 'name';
        return (
            <button type="button" class="plain"
                onClick={() => props.reorder!({ sort: column.sort!, descending })}>
                {column.title}{current ? (order.descending ? ' ▾' : ' ▴') : ''}
            </button>
        );
    };
    const sorted = (column: Column<Row>) =>
        column.sort && order?.sort === column.sort
            ? (order.descending ? 'descending' : 'ascending') : undefined;
    return (
        <div class="scroll" tabIndex={0} role="region" aria-label={props.caption}>
            <table>
                <caption class="hidden">{props.caption}</caption>
                <thead>
                    <tr>
                        {props.columns.map((column) => (
                            <th scope="col" class={column.number ? 'number' : ''}
                                aria-sort={sorted(column)}>{heading(column)}</th>
                        ))}
                    </tr>
                </thead>
                <tbody>
                    {props.rows.map((row) => (
                        <tr key={props.id(row)}>
                            {props.columns.map((column) => (
                                <td class={column.number ? 'number' : ''}>{column.cell(row)}</td>
                            ))}
                        </tr>
                    ))}
                    {props.rows.length === 0 && (
                        <tr><td colSpan={props.columns.length} class="faint">
                            {props.empty ?? 'There is nothing.'}</td></tr>
                    )}
                </tbody>
            </table>
        </div>
    );
}

export function Pager(props: { offset: number; limit: number; total: number;
    go: (offset: number) => void }) {
    const { offset, limit, total, go } = props;
    if (total <= limit && offset === 0) return null;
    const last = Math.max(0, Math.floor((total - 1) / limit) * limit);
    return (
        <nav class="pager" aria-label="Pages">
            <button type="button" disabled={offset === 0} onClick={() => go(0)}>First</button>
            <button type="button" disabled={offset === 0}
                onClick={() => go(Math.max(0, offset - limit))}>Back</button>
            <span>{count(offset + 1)}–{count(Math.min(total, offset + limit))} of {count(total)}</span>
            <button type="button" disabled={offset + limit >= total}
                onClick={() => go(offset + limit)}>Next</button>
            <button type="button" disabled={offset >= last} onClick={() => go(last)}>Last</button>
        </nav>
    );
}

export function Tile(props: { title: string; value: string; bad?: boolean }) {
    return (
        <div class={props.bad ? 'tile bad' : 'tile'}>
            <dt>{props.title}</dt>
            <dd>{props.value}</dd>
        </div>
    );
}

/** Why something does not get on: the reason, and what else holds. */
export function Reasons(props: { why?: Why; problem?: string; none: string }) {
    const { why } = props;
    if (!why) return <Problem text={props.problem} />;
    const [first, ...others] = why.reasons;
    if (!first) return <p class="good">{props.none}</p>;
    return (
        <>
            <p class="reason"><strong>{first.reason.replaceAll('_', ' ')}</strong>: {first.text}.</p>
            {others.length > 0 && (
                <ul class="findings">
                    {others.map((one) => <li key={one.text}>{one.text}.</li>)}
                </ul>
            )}
        </>
    );
}

export function Problem(props: { text?: string }) {
    return props.text ? <p class="problem" role="alert">{props.text}</p> : null;
}

/** A text that follows its field after a moment of rest. */
export function Search(props: { label: string; value: string; change: (text: string) => void }) {
    const timer = useRef<ReturnType<typeof setTimeout>>();
    return (
        <label class="search">
            <span class="hidden">{props.label}</span>
            <input type="search" placeholder={props.label} defaultValue={props.value}
                aria-keyshortcuts="/"
                onInput={(event) => {
                    const text = event.currentTarget.value;
                    clearTimeout(timer.current);
                    timer.current = setTimeout(() => props.change(text), 200);
                }} />
        </label>
    );
}

/** A form for one or a few words, in a line. */
export function Line(props: {
    needs: Role;
    button: string;
    children: ComponentChildren;
    submit: (text: (name: string) => string) => Promise<boolean>;
}) {
    const refusal = lacks(props.needs);
    const submit = async (event: SubmitEvent) => {
        event.preventDefault();
        const form = event.currentTarget as HTMLFormElement;
        const data = new FormData(form);
        if (await props.submit((name) => String(data.get(name) ?? ''))) form.reset();
    };
    return (
        <form class="inline" onSubmit={submit}>
            {props.children}
            <button disabled={refusal !== undefined} title={refusal}>{props.button}</button>
        </form>
    );
}

export function Field(props: { label: string; name: string; required?: boolean }) {
    return (
        <label><span class="hidden">{props.label}</span>
            <input name={props.name} placeholder={props.label} required={props.required} /></label>
    );
}

export function bytes(value: number): string {
    for (const [unit, size] of [['TiB', 2 ** 40], ['GiB', 2 ** 30], ['MiB', 2 ** 20],
        ['KiB', 2 ** 10]] as const) {
        if (value >= size) return `${(value / size).toFixed(value >= 10 * size ? 0 : 1)} ${unit}`;
    }
    return `${value} B`;
}

export function count(value: number): string {
    return value.toLocaleString('en');
}

export function time(ms: number): string {
    if (ms === 0) return '–';
    const at = new Date(ms);
    // The same everywhere, sorted and short: 2030-12-31 23:59:59.
    const two = (part: number) => String(part).padStart(2, '0');
    return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ` +
        `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

export function duration(ms: number): string {
    const seconds = Math.floor(ms / 1000);
    const [days, hours, minutes] =
        [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
    if (days) return `${days} d ${hours} h`;
    if (hours) return `${hours} h ${minutes} min`;
    return minutes ? `${minutes} min` : `${seconds} s`;
}
