import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { api, LOGGED_OUT, Session } from './api';
import { ConfigurationPage } from './pages/configuration';
import { Connections } from './pages/connections';
import { Health } from './pages/health';
import { Login } from './pages/login';
import { Overview } from './pages/overview';
import { QueuePage } from './pages/queue';
import { Queues } from './pages/queues';
import { Scheduled } from './pages/scheduled';
import { TopicPage, Topics } from './pages/topics';
import { Traces } from './pages/traces';
import './style.css';
import { beRole, doing, Notes, Problem } from './ui';

const PAGES = [['', 'Overview'], ['queues', 'Queues'], ['topics', 'Topics'],
    ['connections', 'Connections'], ['scheduled', 'Scheduled'], ['traces', 'Traces'],
    ['health', 'Health'],
    ['configuration', 'Configuration']] as const;

/** The parts of the address behind `#/`. */
function usePlace(): string[] {
    const read = () => location.hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent);
    const [place, set] = useState(read);
    useEffect(() => {
        const moved = () => set(read());
        addEventListener('hashchange', moved);
        return () => removeEventListener('hashchange', moved);
    }, []);
    return place;
}

function useTheme(): [string, () => void] {
    const dark = matchMedia('(prefers-color-scheme: dark)').matches;
    const [theme, set] = useState(localStorage.getItem('theme') ?? (dark ? 'dark' : 'light'));
    document.documentElement.dataset.theme = theme;
    return [theme, () => {
        const other = theme === 'dark' ? 'light' : 'dark';
        localStorage.setItem('theme', other);
        set(other);
    }];
}

/** A slash goes to the page's search, as it does elsewhere. */
function useKeys() {
    useEffect(() => {
        const pressed = (event: KeyboardEvent) => {
            const at = event.target as HTMLElement;
            if (event.key !== '/' || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName)) return;
            const search = document.querySelector<HTMLInputElement>('input[type=search]');
            if (!search) return;
            event.preventDefault();
            search.focus();
        };
        addEventListener('keydown', pressed);
        return () => removeEventListener('keydown', pressed);
    }, []);
}

/** Who is logged in; nothing until that is known. */
function useSession(): { session?: Session; problem?: string; set: (session: Session) => void } {
    const [session, set] = useState<Session>();
    const [problem, complain] = useState<string>();
    useEffect(() => {
        api.session().then(set, (error: Error) => complain(error.message));
        const out = () => set({ login_needed: true });
        addEventListener(LOGGED_OUT, out);
        return () => removeEventListener(LOGGED_OUT, out);
    }, []);
    return { session, problem, set };
}

function Root() {
    const { session, problem, set } = useSession();
    const [theme, toggle] = useTheme();
    if (problem) return <main><Problem text={problem} /></main>;
    if (!session) return null;
    if (session.login_needed) return <Login done={set} />;
    return <Console session={session} ended={set} theme={theme} toggle={toggle} />;
}

function Console(props: { session: Session; ended: (session: Session) => void; theme: string;
    toggle: () => void }) {
    const { session, theme, toggle } = props;
    beRole(session.role ?? 'admin');
    useKeys();
    const [page, name] = usePlace();
    const logOut = () => doing('logged out', async () => props.ended(await api.logOut()));
    const title = PAGES.find(([path]) => path === page)?.[1] ?? 'Not here';
    useEffect(() => {
        document.title = `${name ?? title} · TernMQ`;
        // On a phone, the pages' names go beyond the edge.
        document.querySelector('nav [aria-current]')?.scrollIntoView({ inline: 'center' });
    }, [page, name]);
    return (
        <>
            <a class="skip" href="#content" onClick={(event) => {
                event.preventDefault();
                document.getElementById('content')?.focus();
            }}>Skip to the content</a>
            <header>
                <a class="brand" href="#/">TernMQ</a>
                <nav aria-label="Pages of the console">
                    {PAGES.map(([path, label]) => (
                        <a href={`#/${path}`} aria-current={path === page ? 'page' : undefined}>
                            {label}
                        </a>
                    ))}
                </nav>
                {session.user !== undefined && (
                    <span class="who">
                        {session.user} ({session.role}){' '}
                        <button type="button" onClick={logOut}>Log out</button>
                    </span>
                )}
                <button type="button" aria-label={`${theme === 'dark' ? 'Light' : 'Dark'} colors`}
                    onClick={toggle}>{theme === 'dark' ? 'Light' : 'Dark'}</button>
            </header>
            <main id="content" tabIndex={-1}>
                {page === '' && <Overview theme={theme} />}
                {page === 'queues' && name === undefined && <Queues />}
                {page === 'queues' && name !== undefined &&
                    <QueuePage key={name} name={name} theme={theme} />}
                {page === 'topics' && name === undefined && <Topics />}
                {page === 'topics' && name !== undefined && <TopicPage key={name} name={name} />}
                {page === 'connections' && <Connections id={name} />}
                {page === 'scheduled' && <Scheduled />}
                {page === 'traces' && <Traces />}
                {page === 'health' && <Health theme={theme} />}
                {page === 'configuration' && <ConfigurationPage />}
                {title === 'Not here' && <><h1>Not here</h1><p>There is no such page.{' '}
                    <a href="#/">Back to the overview</a>.</p></>}
            </main>
            <Notes />
        </>
    );
}

render(<Root />, document.getElementById('console')!);
