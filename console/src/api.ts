// The broker's API, as /api/v1/openapi.json describes it.

export interface Numbers {
    size: number;
    ready: number;
    unsettled: number;
    consumers: number;
    enqueued: number;
    dispatched: number;
    dequeued: number;
    expired: number;
    paused: boolean;
    durable: boolean;
}
export interface Queue extends Numbers {
    name: string;
    producers: number;
    latency?: Latencies;
}
export interface Subscription extends Numbers {
    topic: string;
    client_id: string | null;
    name: string | null;
    shared: boolean;
    active: boolean;
    selector?: string;
}
export interface Topic {
    name: string;
    subscriptions: number;
    durable_subscriptions: number;
    producers: number;
    pending: number;
}
export interface Limit {
    used_bytes: number;
    limit_bytes: number;
    percent: number;
}
export interface Flow {
    memory: Limit;
    store: Limit;
    temporary: Limit;
    schedule: Limit;
    disk_free_bytes: number;
    disk_reserve_bytes: number;
    waiting_sends: number;
    refused_sends: number;
    discarded_messages: number;
    closed_consumers: number;
}
export interface Status {
    queues: number;
    subscriptions: number;
    paused_queues: number;
    connections: number;
    consumers: number;
    messages: number;
    ready: number;
    unsettled: number;
    published: number;
    delivered: number;
    expired: number;
    journal_files: number;
    journal_written_bytes: number;
    shards: number;
    flow: Flow;
}
export interface Broker extends Status {
    name: string;
    version: string;
    uptime_ms: number;
    data_directory: string;
    listeners: Listener[];
}
export interface Finding {
    id: string;
    about: string;
    cause: string;
    remedy: string;
}
export interface Consumer {
    id: string;
    connection: string;
    destination: string;
    protocol: string;
    peer: string;
    client_id: string;
    selector: string;
    unsettled: number;
    credit: number;
    delivered: number;
    priority: number;
    exclusive: boolean;
}
export interface Connection {
    id: string;
    protocol: string;
    peer: string;
    client_id: string;
    connected_at_ms: number;
    published: number;
    delivered: number;
    consumers: number;
    transactions: number;
    unconfirmed: number;
    blocked: boolean;
    consumer_list?: Consumer[];
    session_list?: SessionView[];
}
/** A session of a connection, or a channel. */
export interface SessionView {
    name: string;
    consumers: string[];
}
export interface Listener {
    name: string;
    address: string;
    uri: string;
}
export interface TraceEvent {
    event: string;
    at_ms: number;
    after_us: number;
    destination?: string;
    connection?: string;
    consumer?: string;
    message_id?: string;
    detail?: string;
}
/** A message's way through the broker. */
export interface Trace {
    id: number;
    events: TraceEvent[];
}
export interface Reason {
    reason: string;
    count: number;
    text: string;
    values?: Record<string, string>;
}
/** Why something does not get on: the reason as a sentence, and all that holds, that one first. */
export interface Why {
    about: string;
    text: string;
    reasons: Reason[];
    consumers?: { consumer: string; destination: string; reasons: Reason[] }[];
}
/** Milliseconds. */
export interface Latency {
    count: number;
    p50: number;
    p90: number;
    p99: number;
    max: number;
}
export interface Latencies {
    confirm: Latency;
    queueing: Latency;
    delivery: Latency;
}
/** What became of one element or attribute of the configuration. */
export interface Outcome {
    place: string;
    what: string;
    outcome: 'applied' | 'no effect';
    why?: string;
}
export interface Configuration {
    document: string;
    source: string;
    restart_needed: boolean;
    report: Outcome[];
}
export interface LogLevels {
    level: string;
    modules: Record<string, string>;
}
export interface Job {
    id: string;
    destination: string;
    due_at_ms: number;
    accepted_at_ms: number;
    period_ms: number;
    repeat: number;
    cron: string;
    deliveries: number;
}
export interface Message {
    id: number;
    state: string;
    format: string;
    durable: boolean;
    priority: number;
    timestamp_ms: number;
    expires_at_ms: number;
    redeliveries: number;
    bytes: number;
    group?: string;
    message_id?: string;
    type?: string;
    correlation_id?: string;
    reply_to?: string;
    destination?: string;
    preview?: string;
    body_type?: string;
    body?: unknown;
    body_base64?: string;
    body_bytes?: number;
    body_truncated?: boolean;
    unreadable?: string;
    properties?: Record<string, unknown>;
}
export interface Page<Row> {
    total: number;
    items: Row[];
}
export interface Which {
    ids?: number[];
    selector?: string;
    all?: boolean;
    to?: string;
}

export interface Session {
    login_needed: boolean;
    user?: string;
    role?: 'nobody' | 'view' | 'operate' | 'admin';
}

export class Refused extends Error {}

/** Heard by whoever shows the console: the login has ended, or there was none. */
export const LOGGED_OUT = 'logged-out';

async function ask(path: string, request: RequestInit): Promise<Response> {
    try {
        return await fetch(path, request);
    } catch {
        throw new Refused('The broker does not answer.');
    }
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await ask(`/api/v1/${path}`, {
        method,
        headers: {
            // Otherwise the browser would ask for a password itself.
            'X-Requested-With': 'TernMQ',
            ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
    });
    const view = await answer.json();
    if (answer.status === 401 && path !== 'session') dispatchEvent(new Event(LOGGED_OUT));
    if (!answer.ok) throw new Refused(view.error?.text ?? answer.statusText);
    return view as T;
}

type Parameters = Record<string, string | number | boolean | undefined>;

export function query(parameters: Parameters): string {
    const known = new URLSearchParams();
    for (const [name, value] of Object.entries(parameters)) {
        if (value !== undefined && value !== '' && value !== false) known.set(name, String(value));
    }
    const text = known.toString();
    return text ? `?${text}` : '';
}

const at = encodeURIComponent;

export const api = {
    session: () => call<Session>('GET', 'session'),
    logIn: (user: string, password: string) =>
        call<Session>('POST', 'session', { user, password }),
    logOut: () => call<Session>('DELETE', 'session'),
    broker: () => call<Broker>('GET', 'broker'),
    configuration: () => call<Configuration>('GET', 'configuration'),
    reloadConfiguration: () =>
        call<{ restart_needed: boolean }>('POST', 'configuration/reload'),
    log: () => call<LogLevels>('GET', 'log'),
    setLog: (level: string, module: string) => call('POST', 'log', { level, module }),
    health: () => call<{ status: string; findings: Finding[] }>('GET', 'health'),
    queues: (parameters: Parameters) => call<Page<Queue>>('GET', `queues${query(parameters)}`),
    createQueue: (name: string) => call('POST', 'queues', { name }),
    queue: (name: string) => call<Queue>('GET', `queues/${at(name)}`),
    deleteQueue: (name: string) => call('DELETE', `queues/${at(name)}`),
    purge: (name: string) => call<{ messages: number }>('POST', `queues/${at(name)}/purge`),
    pause: (name: string, paused: boolean) =>
        call('POST', `queues/${at(name)}/${paused ? 'pause' : 'resume'}`),
    whyQueue: (name: string) => call<Why>('GET', `why/queue/${at(name)}`),
    whyMessage: (name: string, id: number) => call<Why>('GET', `why/message/${at(name)}/${id}`),
    whyConnection: (id: string) => call<Why>('GET', `why/connection/${at(id)}`),
    listeners: () => call<{ items: Listener[] }>('GET', 'listeners'),
    addListener: (uri: string) => call<Listener>('POST', 'listeners', { uri }),
    removeListener: (name: string) => call('DELETE', `listeners/${at(name)}`),
    traces: (parameters: Parameters) =>
        call<{ share: number; items: Trace[] }>('GET', `traces${query(parameters)}`),
    followMessages: (share: number) => call('POST', 'traces', { share }),
    scheduled: (parameters: Parameters) => call<Page<Job>>('GET', `scheduled${query(parameters)}`),
    forgetScheduled: (id?: string) =>
        call<{ messages: number }>('DELETE', id === undefined ? 'scheduled' : `scheduled/${at(id)}`),
    queueConsumers: (name: string) => call<Page<Consumer>>('GET', `queues/${at(name)}/consumers`),
    browse: (name: string, parameters: Parameters) =>
        call<{ items: Message[]; next?: number }>(
            'GET', `queues/${at(name)}/messages${query(parameters)}`),
    message: (name: string, id: number) => call<Message>('GET', `queues/${at(name)}/messages/${id}`),
    send: (name: string, topic: boolean, message: unknown) =>
        call<{ messages: number }>('POST', `${topic ? 'topics' : 'queues'}/${at(name)}/messages`,
            message),
    act: (name: string, verb: string, which: Which) =>
        call<{ messages: number }>('POST', `queues/${at(name)}/messages/${verb}`, which),
    topics: (parameters: Parameters) => call<Page<Topic>>('GET', `topics${query(parameters)}`),
    subscriptions: (parameters: Parameters) =>
        call<Page<Subscription>>('GET', `subscriptions${query(parameters)}`),
    createSubscription: (subscription: { client_id: string; name: string; topic: string;
        selector: string }) => call('POST', 'subscriptions', subscription),
    deleteSubscription: (client: string, name: string) =>
        call('DELETE', `subscriptions/${at(client)}/${at(name)}`),
    connections: (parameters: Parameters) =>
        call<Page<Connection>>('GET', `connections${query(parameters)}`),
    connection: (id: string) => call<Connection>('GET', `connections/${at(id)}`),
    closeConnection: (id: string) => call('DELETE', `connections/${at(id)}`),
};
