import { useState } from 'preact/hooks';

import { api, Session } from '../api';
import { Problem } from '../ui';

/** What is seen instead of the console until somebody has logged in. */
export function Login(props: { done: (session: Session) => void }) {
    const [problem, set] = useState<string>();
    const [asking, ask] = useState(false);
    const submit = async (event: SubmitEvent) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget as HTMLFormElement);
        ask(true);
        try {
            props.done(await api.logIn(String(form.get('user')), String(form.get('password'))));
        } catch (error) {
            set((error as Error).message);
            ask(false);
        }
    };
    return (
        <main class="login">
            <h1>TernMQ</h1>
            <form onSubmit={submit}>
                <label>User
                    <input name="user" autoComplete="username" autoFocus required />
                </label>
                <label>Password
                    <input name="password" type="password" autoComplete="current-password"
                        required />
                </label>
                <Problem text={problem} />
                <button type="submit" disabled={asking}>Log in</button>
            </form>
        </main>
    );
}
