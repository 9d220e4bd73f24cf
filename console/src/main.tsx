import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { Connections } from './pages/connections';
import { Overview } from './pages/overview';
import { QueuePage } from './pages/queue';
import { Queues } from './pages/queues';
import { Topics } from './pages/topics';
import './style.css';
import { Notes } from './ui';

const PAGES = [['', 'Overview'], ['queues', 'Queues'], ['topics', 'Topics'],
    ['connections', 'Connections']] as const;

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

function Console() {
    const [page, name] = usePlace();
    const [theme, toggle] = useTheme();
    const title = PAGES.find(([path]) => path === page)?.[1] ?? 'Not here';
    useEffect(() => {
        document.title = `${name ?? title} · TernMQ`;
    }, [page, name]);
    return (
        <>
            <header>
                <a class="brand" href="#/">TernMQ</a>
                <nav aria-label="Pages of the console">
                    {PAGES.map(([path, label]) => (
                        <a href={`#/${path}`} aria-current={path === page ? 'page' : undefined}>
                            {label}
                        </a>
                    ))}
                </nav>
                <button type="button" onClick={toggle}>{theme === 'dark' ? 'Light' : 'Dark'}</button>
            </header>
            <main>
                {page === '' && <Overview theme={theme} />}
                {page === 'queues' && name === undefined && <Queues />}
                {page === 'queues' && name !== undefined &&
                    <QueuePage key={name} name={name} theme={theme} />}
                {page === 'topics' && <Topics />}
                {page === 'connections' && <Connections id={name} />}
                {title === 'Not here' && <p>There is no such page.</p>}
            </main>
            <Notes />
        </>
    );
}

render(<Console />, document.getElementById('console')!);
