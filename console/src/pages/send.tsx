import { useState } from 'preact/hooks';

import { api } from '../api';
import { doing, lacks } from '../ui';

/** `name = value` lines; what reads as a number, true or false is one. */
export function parseProperties(text: string): Record<string, unknown> {
    const found: Record<string, unknown> = {};
    for (const line of text.split('\n')) {
        const equals = line.indexOf('=');
        if (equals <= 0) continue;
        const value = line.slice(equals + 1).trim();
        const plain = /^(true|false|-?\d+(\.\d+)?)$/.test(value);
        found[line.slice(0, equals).trim()] = plain ? JSON.parse(value) : value;
    }
    return found;
}

/** What says when the message is wanted: labels and properties. */
const LATER = [
    ['Delay (ms)', 'AMQ_SCHEDULED_DELAY'],
    ['Period (ms)', 'AMQ_SCHEDULED_PERIOD'],
    ['Repeats', 'AMQ_SCHEDULED_REPEAT'],
    ['Cron', 'AMQ_SCHEDULED_CRON'],
] as const;

export function Send(props: { name: string; topic: boolean; sent: () => void }) {
    const [open, setOpen] = useState(false);
    const send = async (event: SubmitEvent) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget as HTMLFormElement);
        const text = (name: string) => String(form.get(name) ?? '');
        const number = (name: string) => (text(name) === '' ? undefined : Number(text(name)));
        const message = {
            body: text('body'),
            durable: form.get('durable') !== null,
            priority: number('priority'),
            ttl_ms: number('ttl_ms'),
            type: text('type'),
            correlation_id: text('correlation_id'),
            reply_to: text('reply_to'),
            group: text('group'),
            group_sequence: number('group_sequence'),
            count: number('count'),
            properties: {
                ...parseProperties(text('properties')),
                ...Object.fromEntries(LATER.filter(([, name]) => text(name) !== '').map(
                    ([, name]) => [name, /CRON$/.test(name) ? text(name) : Number(text(name))])),
            },
        };
        if (await doing('sent', () => api.send(props.name, props.topic, message))) props.sent();
    };
    const field = (label: string, name: string, more: Record<string, unknown> = {}) => (
        <label>{label}<input name={name} {...more} /></label>
    );
    return (
        <details class="send" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
            <summary>Send a message</summary>
            <form class="fields" onSubmit={send}>
                <label class="wide">Body<textarea name="body" rows={4} /></label>
                <label class="wide">Properties
                    <textarea name="properties" rows={2} placeholder="name = value, a line each" />
                </label>
                {field('Priority', 'priority', { type: 'number', min: 0, max: 9, value: 4 })}
                {field('Lives for (ms)', 'ttl_ms', { type: 'number', min: 0 })}
                {field('Type', 'type')}
                {field('Correlation id', 'correlation_id')}
                {field('Reply to', 'reply_to', { placeholder: 'queue://NAME' })}
                {field('Group', 'group')}
                {field('Group sequence', 'group_sequence', { type: 'number' })}
                {field('Copies', 'count', { type: 'number', min: 1, max: 10000, value: 1 })}
                <fieldset class="wide">
                    <legend>Later, if the broker has a scheduler</legend>
                    {LATER.map(([label, name]) => field(label, name, name.endsWith('CRON')
                        ? { placeholder: '0 3 * * *' } : { type: 'number', min: 0 }))}
                </fieldset>
                <label class="check"><input type="checkbox" name="durable" checked /> survives a
                    restart</label>
                <button disabled={lacks('operate') !== undefined}
                    title={lacks('operate')}>Send</button>
            </form>
        </details>
    );
}
